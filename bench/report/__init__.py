"""The report of a run: ratios, targets, tables, plots and pages; comparison with another run; floors."""
