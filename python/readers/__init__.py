"""The program `readers`: reads captures that a pass has written."""
