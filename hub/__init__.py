"""The tap's definition for Meltano's hub; `python -m hub` writes it.

Everything that Meltano needs to know of the tap stands in meltano.yml already, which the tests hold
against the tap itself. So the definition is made from it, and from the project's own metadata.
"""
