"""The lists of what the staff's SQL may be made of. Whatever is not on them is refused.

Nodes and functions are sqlglot's classes. To let a function through is to add its name here; a
list of what is forbidden would never be complete.
"""

from sqlglot import exp

QUERIES = (exp.Select, exp.Union, exp.Intersect, exp.Except)

_STRUCTURE = (
    exp.Select, exp.Union, exp.Intersect, exp.Except, exp.Subquery, exp.With, exp.CTE, exp.From,
    exp.Join, exp.Lateral, exp.Table, exp.TableAlias, exp.Values, exp.Tuple, exp.Where, exp.Group,
    exp.GroupingSets, exp.Rollup, exp.Cube, exp.Having, exp.Order, exp.Ordered, exp.Limit,
    exp.LimitOptions, exp.Offset, exp.Fetch, exp.Distinct, exp.Window, exp.WindowSpec, exp.Filter,
    exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls,
)  # fmt: skip
_LEAVES = (
    exp.Column, exp.Identifier, exp.Star, exp.Literal, exp.National, exp.Boolean, exp.Null,
    exp.Var, exp.Alias, exp.Interval, exp.IntervalSpan, exp.DataType, exp.DataTypeParam,
    exp.Array, exp.Kwarg,
)  # fmt: skip
_OPERATORS = (
    exp.Paren, exp.And, exp.Or, exp.Xor, exp.Not, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div,
    exp.IntDiv, exp.Mod, exp.DPipe, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE,
    exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.In, exp.Between, exp.Like, exp.ILike, exp.Glob,
    exp.SimilarTo, exp.Escape, exp.RegexpLike, exp.RegexpILike, exp.Exists, exp.Any, exp.All,
    exp.Case, exp.If, exp.Cast, exp.TryCast, exp.Collate, exp.AtTimeZone, exp.Overlaps,
    exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor, exp.BitwiseNot,
    exp.BitwiseLeftShift, exp.BitwiseRightShift,
)  # fmt: skip
_AGGREGATES = (
    exp.Count, exp.CountIf, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Median, exp.Mode, exp.Stddev,
    exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop, exp.Corr, exp.CovarPop,
    exp.CovarSamp, exp.RegrAvgx, exp.RegrAvgy, exp.RegrCount, exp.RegrIntercept, exp.RegrR2,
    exp.RegrSlope, exp.RegrSxx, exp.RegrSxy, exp.RegrSyy, exp.PercentileCont, exp.PercentileDisc,
    exp.Quantile, exp.GroupConcat, exp.ArrayAgg, exp.LogicalAnd, exp.LogicalOr, exp.AnyValue,
    exp.ApproxDistinct, exp.Grouping, exp.BitwiseAndAgg, exp.BitwiseOrAgg, exp.BitwiseXorAgg,
)  # fmt: skip
_WINDOWS = (
    exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile, exp.Lag,
    exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue, exp.First, exp.Last,
)  # fmt: skip
_NUMBERS = (
    exp.Abs, exp.Ceil, exp.Floor, exp.Round, exp.Trunc, exp.Sign, exp.Sqrt, exp.Cbrt, exp.Pow,
    exp.Exp, exp.Ln, exp.Log, exp.Greatest, exp.Least, exp.Pi, exp.Degrees, exp.Radians, exp.Sin,
    exp.Cos, exp.Tan, exp.Asin, exp.Acos, exp.Atan, exp.Atan2, exp.Rand, exp.WidthBucket,
    exp.SafeDivide, exp.NumberToStr, exp.ToNumber, exp.Hex, exp.LowerHex,
)  # fmt: skip
_TEXTS = (
    exp.Lower, exp.Upper, exp.Initcap, exp.Trim, exp.Length, exp.ByteLength, exp.BitLength,
    exp.Substring, exp.SubstringIndex, exp.Left, exp.Right, exp.Replace, exp.Concat, exp.ConcatWs,
    exp.StrPosition, exp.StartsWith, exp.EndsWith, exp.Contains, exp.Reverse, exp.Split,
    exp.SplitPart, exp.Translate, exp.Ascii, exp.Unicode, exp.Chr, exp.Pad, exp.Repeat, exp.Space,
    exp.Overlay, exp.Stuff, exp.Format, exp.RegexpReplace, exp.RegexpExtract, exp.RegexpCount,
    exp.RegexpInstr, exp.RegexpSubstr, exp.Soundex, exp.Levenshtein, exp.Elt, exp.ToChar,
    exp.ArrayToString, exp.StringToArray, exp.ArraySize,
)  # fmt: skip
_CHOICES = (exp.Coalesce, exp.Nullif, exp.Nvl2, exp.Typeof, exp.EqualNull)
_TIMES = (
    exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp, exp.CurrentDatetime, exp.Localtime,
    exp.Localtimestamp, exp.UtcDate, exp.UtcTime, exp.UtcTimestamp, exp.Extract, exp.Date,
    exp.Datetime, exp.Time, exp.Timestamp, exp.Year, exp.Quarter, exp.Month, exp.Week,
    exp.WeekOfYear, exp.Day, exp.DayOfMonth, exp.DayOfWeek, exp.DayOfWeekIso, exp.DayOfYear,
    exp.Dayname, exp.Monthname, exp.Hour, exp.Minute, exp.Second, exp.LastDay, exp.DateAdd,
    exp.DateSub, exp.DateDiff, exp.DateTrunc, exp.DateFromParts, exp.DatetimeAdd,
    exp.DatetimeSub, exp.DatetimeDiff, exp.DatetimeTrunc, exp.TimeAdd, exp.TimeSub, exp.TimeDiff,
    exp.TimeTrunc, exp.TimestampAdd, exp.TimestampSub, exp.TimestampDiff, exp.TimestampTrunc,
    exp.TimestampFromParts, exp.MakeInterval, exp.JustifyDays, exp.JustifyHours,
    exp.JustifyInterval, exp.AddMonths, exp.MonthsBetween, exp.StrToDate, exp.StrToTime,
    exp.StrToUnix, exp.TimeToStr, exp.TimeToUnix, exp.TimeStrToTime, exp.TimeStrToDate,
    exp.DateStrToDate, exp.DateToDateStr, exp.TimeToTimeStr, exp.UnixToTime, exp.UnixToStr,
    exp.UnixSeconds, exp.TsOrDsAdd, exp.TsOrDsDiff, exp.TsOrDsToDate, exp.TsOrDsToDateStr,
    exp.TsOrDsToDatetime, exp.TsOrDsToTime, exp.TsOrDsToTimestamp, exp.ToDays, exp.ConvertTimezone,
)  # fmt: skip

ALLOWED: frozenset[type[exp.Expr]] = frozenset(
    _STRUCTURE + _LEAVES + _OPERATORS + _AGGREGATES + _WINDOWS + _NUMBERS + _TEXTS + _CHOICES
    + _TIMES
)  # fmt: skip

_NAMES = """
    total every percentile now date time datetime julianday unixepoch timediff strftime age
    date_part isfinite clock_timestamp transaction_timestamp statement_timestamp unix_timestamp
    from_days makedate maketime sec_to_time time_to_sec weekday yearweek period_add period_diff
    curdate curtime sysdate addtime subtime microsecond timestampadd make_date make_time
    make_timestamp make_timestamptz to_date to_timestamp printf field find_in_set mid btrim
    octet_length regexp_match gcd lcm scale trim_scale min_scale std cardinality num_nulls
    num_nonnulls row adddate subdate strcmp time_format crc32
"""
NAMED = frozenset(_NAMES.split())
"""Functions that sqlglot has no class for."""

_TYPE_NAMES = """
    bit boolean tinyint smallint mediumint int bigint utinyint usmallint umediumint uint ubigint
    float double decimal udecimal bignumeric money char nchar varchar nvarchar text tinytext
    mediumtext longtext name date datetime timestamp timestamptz timestampntz timestampltz time
    timetz year interval
"""
TYPES = frozenset(_TYPE_NAMES.split())
"""What a value may be cast to."""

_UNIT_NAMES = """
microsecond millisecond second minute hour day week month quarter year decade century millennium
sec min hr us ms dow doy isodow isoyear epoch julian timezone timezone_hour timezone_minute weekday
dayofweek dayofyear year_month day_hour day_minute day_second hour_minute hour_second minute_second
"""
UNITS = frozenset(_UNIT_NAMES.split())
"""Words that stand bare in a query; sqlglot makes some out of texts and writes them as they are."""

# What of these nodes may be set; a flag such as FROM ONLY hides in arguments that are no nodes.
_QUERY = {"with_", "limit", "offset", "order"}
ARGUMENTS: dict[type[exp.Expr], set[str]] = {
    exp.Select: _QUERY
    | {"expressions", "distinct", "from_", "joins", "where", "group", "having", "windows"},
    **dict.fromkeys(
        (exp.Union, exp.Intersect, exp.Except), _QUERY | {"this", "expression", "distinct"}
    ),
    exp.Subquery: _QUERY | {"this", "alias", "joins"},
    exp.Table: {"this", "alias", "joins"},
    exp.Lateral: {"this", "alias"},
    exp.Values: {"expressions", "alias"},
    exp.With: {"expressions"},
    exp.CTE: {"this", "alias", "materialized"},
    exp.Join: {"this", "on", "side", "kind", "using", "method"},
    exp.Column: {"this", "table"},
    exp.Identifier: {"this", "quoted"},
    exp.Star: set(),
    exp.TableAlias: {"this", "columns"},
    exp.In: {"this", "expressions", "query"},
    exp.Cast: {"this", "to", "_type"},
    exp.DataType: {"this", "expressions", "nested", "nullable"},
    exp.Limit: {"expression", "offset", "limit_options"},
    exp.LimitOptions: {"rows"},
    exp.Ordered: {"this", "desc", "nulls_first"},
}  # fmt: skip
