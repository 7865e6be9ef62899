"""Reports as neutral blocks, and the files made of them. Ask nobody, know no screen and no store."""
