"""What tests share: run the tap, look at what it wrote, play moving tables."""
