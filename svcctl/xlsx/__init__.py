"""Workbooks: the only package that knows openpyxl. Reports go in as values, bytes of an xlsx file come out."""

import os

# Before openpyxl is imported anywhere: lxml, where it happens to be installed, writes other bytes.
os.environ["OPENPYXL_LXML"] = "False"
