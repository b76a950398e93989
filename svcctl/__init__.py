"""svcctl: a service desk's records in plain files, and the workbooks made from them."""

__version__ = "0.1.0"
