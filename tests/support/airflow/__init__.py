"""What the tests of the Airflow example share."""
