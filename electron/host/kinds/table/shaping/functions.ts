/**
 * What expressions may call: functions of one row's values that give the same wherever and whenever they are computed. The
 * list names what may be called, not what may not: DuckDB's functions read files, settings, clocks and dice, and each
 * version brings new ones.
 */

const signs = '+ - * / % ** ^ || ~~ !~~ ~~* !~~* ~ !~ & | << >> xor'

const numbers =
  'abs acos acosh add asin asinh atan atan2 atanh cbrt ceil ceiling cos cosh cot degrees divide even exp factorial ' +
  'fdiv floor fmod gamma gcd greatest greatest_common_divisor isfinite isinf isnan lcm least least_common_multiple lgamma ln ' +
  'log log10 log2 mod multiply nextafter pi pow power radians round round_even roundbankers sign signbit sin sinh sqrt ' +
  'subtract tan tanh trunc bit_count'

const texts =
  'array_to_string ascii bit_length char_length character_length chr concat concat_ws contains damerau_levenshtein ' +
  'editdist3 ends_with format hamming ilike_escape instr jaccard jaro_similarity jaro_winkler_similarity lcase left ' +
  'left_grapheme len length length_grapheme levenshtein like_escape lower lpad ltrim mismatches nfc_normalize ' +
  'not_ilike_escape not_like_escape ord position prefix printf regexp_escape regexp_extract regexp_full_match ' +
  'regexp_matches regexp_replace regexp_split_to_array replace reverse right right_grapheme rpad rtrim split split_part ' +
  'starts_with str_split str_split_regex string_split string_split_regex strip_accents strlen strpos substr substring ' +
  'substring_grapheme suffix translate trim ucase unicode upper md5 sha256 url_decode url_encode'

const dates =
  'century date_add date_diff date_part date_sub date_trunc datediff datepart datesub datetrunc day dayname dayofmonth ' +
  'dayofweek dayofyear days_in_month decade epoch epoch_ms epoch_us era hour isodow isoyear julian last_day make_date ' +
  'make_time make_timestamp microsecond millennium millisecond minute month monthname quarter second strftime strptime ' +
  'time_bucket to_centuries to_days to_decades to_hours to_microseconds to_millennia to_milliseconds to_minutes to_months ' +
  'to_quarters to_seconds to_weeks to_years try_strptime week weekday weekofyear year yearweek'

const lists = 'array_extract list_extract list_element list_value list_contains list_has array_contains'

const others = 'nullif constant_or_null'

export const functions: ReadonlySet<string> = new Set(
  [signs, numbers, texts, dates, lists, others].flatMap((some) => some.split(' ')),
)

/** Why somebody may miss these, in words. */
export const whyNot = (name: string): string => {
  if (
    /^(now|today|current_(date|time|timestamp|localtime|localtimestamp)|localtime(stamp)?|get_current_time(stamp)?|transaction_timestamp|ago|age)$/.test(
      name,
    )
  )
    return `“${name}” asks for the time of day, so that the same rows would be others tomorrow: write the date, DATE '2024-12-31'`
  if (/^(random|setseed|uuid|gen_random)/.test(name))
    return `“${name}” gives something else each time: rows that are drawn at random are chosen by the split, or by data.rows`
  if (
    /^(sum|avg|mean|count|count_star|min|max|median|mode|stddev|stddev_.*|std|var_.*|variance|quantile.*|first|last|any_value|list|array_agg|string_agg|corr|product|arg_m.*|row_number|rank|lag|lead|ntile)$/.test(
      name,
    )
  )
    return `“${name === 'count_star' ? 'count(*)' : name}” looks at other rows, and an expression knows its own row alone: what is computed over rows would say something of the test rows to those that train, and cannot be computed for one new row`
  return `the function “${name}” cannot be used in an expression`
}

/** Types that a value may be cast to: not those whose meaning is the machine's, as time zones. */
export const castTypes: ReadonlySet<string> = new Set([
  'BOOLEAN',
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'HUGEINT',
  'UTINYINT',
  'USMALLINT',
  'UINTEGER',
  'UBIGINT',
  'FLOAT',
  'DOUBLE',
  'DECIMAL',
  'VARCHAR',
  'DATE',
  'TIME',
  'TIMESTAMP',
  'INTERVAL',
])
