//! Data in and out: CSV and xlsx import and export.
