"""The racks page, with what stands in a rack, how it does, its picture on the screen and on paper."""
