"""Which best responses count for the rates. Light enough for the web: no pandas."""

RESPONDERS = ("CR", "PR", "iCR", "iPR")
CONTROLLED = (*RESPONDERS, "SD", "NON-CR/NON-PD", "iSD", "NON-iCR/NON-iUPD")
