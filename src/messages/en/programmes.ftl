denominator-value = A denominator is a whole number from 0 to 1,000,000,000.
denominator-source = Say where the value comes from.
denominator-area-closed = This area does not exist during the whole period: choose the area of that time, or shorten the period.
indicator-unknown = There is no such indicator.
period-order = The last day must not lie before the first.
