"""Orders, customers, products and parcels out of CSV files: read, mapped, checked, then imported.

`columns` says what a file may tell, `files` reads it, `values` understands cells, `rows` makes our
canonical JSON of them, `runs` keeps a run's state. Nothing is written before somebody confirms;
then all good rows come in one transaction, quietly: nobody is told about old orders.
"""
