/**
 * A number below 2^52 that a question's text has in common with texts that differ from it only in case and spaces, as SQL
 * over `q`: inference holds out texts by it, and knows by it which texts a head has learned from. 52 bits of a hash: of a
 * million texts, the chance that any two share one by accident is one in nine thousand.
 */
export const textKey = `('x' || left(md5(lower(regexp_replace(btrim(q.text), '\\s+', ' ', 'g'))), 13))::bit(52)::bigint`;
