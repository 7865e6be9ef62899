"""The page Cleaning and visitors: cleaning, who is inside, goods, maintenance, contracts."""
