"""The pages: from the board and the store to views, one file each."""
