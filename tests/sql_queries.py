"""What staff may well ask of the views, by database; and what nobody may."""

from agent.sql.guard import DialectName

BOTH = [
    "SELECT count(*) FROM orders",
    "select STATUS, Count(*) from Orders group by Status order by 2 desc",
    "SELECT status, count(*) AS n, round(sum(total), 2) AS revenue FROM orders GROUP BY status "
    "HAVING count(*) > 1 ORDER BY revenue DESC NULLS LAST LIMIT 5 OFFSET 1",
    "SELECT p.name, sum(i.qty) AS sold, sum(i.qty * i.unit_price) AS revenue FROM order_items i "
    "JOIN products p ON p.id = i.product_id GROUP BY p.name ORDER BY sold DESC, p.name",
    "SELECT p.id, coalesce(avg(r.stars), 0) AS stars FROM products p LEFT JOIN reviews r "
    "ON r.product_id = p.id GROUP BY p.id ORDER BY stars, p.id",
    "SELECT name FROM products WHERE lower(name) LIKE '%drop table%' OR name LIKE '%O''Brien%'",
    "SELECT name, CASE WHEN stock IS NULL THEN 'uncounted' WHEN stock = 0 THEN 'gone' "
    "WHEN stock < 5 THEN 'low' ELSE 'fine' END AS state FROM products ORDER BY name",
    "SELECT id FROM orders WHERE id IN (SELECT order_id FROM returns) ORDER BY id",
    "SELECT id FROM orders o WHERE EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = o.id "
    "AND i.qty > 1) ORDER BY id",
    "SELECT id FROM products EXCEPT SELECT product_id FROM order_items ORDER BY 1",
    "SELECT id FROM products INTERSECT SELECT product_id FROM reviews ORDER BY id",
    "SELECT 'orders' AS what, count(*) AS n FROM orders UNION ALL SELECT 'reviews', count(*) "
    "FROM reviews ORDER BY what",
    "SELECT DISTINCT brand, category FROM products ORDER BY brand, category",
    "SELECT count(DISTINCT product_id) FROM order_items",
    "WITH sold AS (SELECT product_id, sum(qty) AS n FROM order_items GROUP BY product_id), "
    "best AS (SELECT product_id FROM sold WHERE n >= 2) "
    "SELECT p.name FROM products p JOIN best b ON b.product_id = p.id ORDER BY 1",
    "SELECT product_id, qty, stars FROM order_items JOIN reviews USING (product_id) ORDER BY 1, 2",
    "SELECT id, total, rank() OVER (ORDER BY total DESC) AS place, "
    "row_number() OVER (PARTITION BY status ORDER BY total DESC, id) AS n FROM orders ORDER BY id",
    "SELECT id, total, sum(total) OVER (ORDER BY placed_at, id ROWS BETWEEN 2 PRECEDING AND "
    "CURRENT ROW) AS running, lag(total, 1, 0) OVER w AS before FROM orders "
    "WINDOW w AS (ORDER BY placed_at, id) ORDER BY id",
    "SELECT count(*) FILTER (WHERE status = 'delivered') AS delivered, count(*) AS n FROM orders",
    "SELECT count(*) FILTER (WHERE stars >= 4) * 100.0 / nullif(count(*), 0) AS share FROM reviews",
    "SELECT CAST(total AS INTEGER) AS whole, CAST(id AS TEXT) AS id FROM orders ORDER BY 2",
    "SELECT upper(brand) || ' ' || trim(name) AS label, length(name), replace(name, 'a', 'b'), "
    "substr(name, 1, 3), abs(-price) FROM products ORDER BY id",
    "SELECT o.status, i.product_id, sum(i.qty) FROM orders o INNER JOIN order_items i "
    "ON (o.id = i.order_id) WHERE o.total BETWEEN 10 AND 5000 AND o.status NOT IN ('cancelled') "
    "GROUP BY o.status, i.product_id ORDER BY 1, 2",
    "SELECT t.status, t.n FROM (SELECT status, count(*) AS n FROM orders GROUP BY status) AS t "
    "WHERE t.n > 0 ORDER BY t.status",
    "SELECT (SELECT count(*) FROM orders) AS orders, (SELECT avg(stars) FROM reviews) AS stars",
    "SELECT max(total) - min(total) AS spread FROM orders",
    "SELECT * FROM returns ORDER BY order_id",
    "SELECT o.* FROM orders o ORDER BY o.id",
    "SELECT name FROM products WHERE name LIKE '50!%%' ESCAPE '!' OR stock IS NOT NULL ORDER BY 1",
    "SELECT a.id, b.id FROM products a JOIN products b ON a.brand = b.brand AND a.id < b.id "
    "ORDER BY 1, 2",
    'SELECT id AS "Order number", total AS "Total in USD" FROM orders ORDER BY id',
    "SELECT status AS 状态, count(*) AS 订单数 FROM orders GROUP BY status ORDER BY 订单数, 状态",
    "WITH 销量 AS (SELECT product_id, sum(qty) AS 件数 FROM order_items GROUP BY product_id) "
    "SELECT * FROM 销量 ORDER BY 件数 DESC, product_id",
    "SELECT name FROM products WHERE name = '帐篷' OR brand <> 'Nord' ORDER BY name",
    "SELECT count(*) FROM orders -- how many there are\n",
    "/* asked every Monday */ SELECT count(*) /* all */ FROM orders;",
    "SELECT count(*) FROM orders CROSS JOIN products",
    "SELECT ntile(4) OVER (ORDER BY total, id) AS quarter, id FROM orders ORDER BY id",
    "SELECT first_value(id) OVER (PARTITION BY status ORDER BY total, id) FROM orders ORDER BY 1",
    "SELECT product_id, avg(stars) FROM reviews GROUP BY product_id HAVING avg(stars) < 4 "
    "AND count(*) >= 1 ORDER BY avg(stars), product_id",
    "SELECT sum(CASE WHEN status = 'cancelled' THEN 1 ELSE 0 END) AS cancelled FROM orders",
    "SELECT count(*) FROM reviews WHERE created_at >= '2026-01-01' AND stars IN (1, 2, 3)",
    "SELECT id FROM orders WHERE NOT (status = 'pending' OR total < 5) AND total % 2 >= 0 "
    "ORDER BY id",
    "SELECT -total, +total, 7 / 2, 7.0 / 2, 1 + 2 * 3 FROM orders ORDER BY 1",
]

SQLITE = [
    "SELECT strftime('%Y', placed_at) || '-Q' || ((cast(strftime('%m', placed_at) AS integer) + 2) "
    "/ 3) AS quarter, sum(total) FROM orders GROUP BY quarter ORDER BY quarter",
    "SELECT date(placed_at, 'weekday 0', '-6 days') AS week, count(*) FROM orders GROUP BY week "
    "ORDER BY week",
    "SELECT round(100.0 * sum(status = 'delivered') / count(*), 1) AS share FROM orders",
    "SELECT sum(total) OVER (ORDER BY placed_at, id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT "
    "ROW EXCLUDE TIES) FROM orders ORDER BY id",
    "SELECT o.id AS 'Order ID' FROM orders o ORDER BY 1",
    "SELECT p.name FROM products p NATURAL JOIN orders o",
    "SELECT s.column2, count(*) FROM orders o JOIN (VALUES ('delivered', 'there'), "
    "('shipped', 'under way')) AS s ON s.column1 = o.status GROUP BY s.column2 ORDER BY 1",
    "SELECT strftime('%Y-%m', placed_at) AS month, count(*) FROM orders GROUP BY 1 ORDER BY 1",
    "SELECT date(placed_at) AS day, sum(total) FROM orders GROUP BY day ORDER BY day",
    "SELECT count(*) FROM orders WHERE placed_at >= datetime('now', '-30 days')",
    "SELECT count(*) FROM orders WHERE date(placed_at) >= date('now', 'start of month')",
    "SELECT cast(julianday('2027-01-01') - julianday(placed_at) AS INTEGER) AS age FROM orders "
    "ORDER BY 1",
    "SELECT strftime('%w', placed_at) AS weekday, count(*) FROM orders GROUP BY weekday",
    "SELECT group_concat(name, ', ') FROM (SELECT name FROM products ORDER BY name)",
    "SELECT group_concat(DISTINCT status) FROM orders",
    "SELECT printf('%.2f', avg(total)), ifnull(sum(total), 0), total(total) FROM orders",
    "SELECT iif(stock > 3, 'many', 'few'), instr(name, 'e'), typeof(price) FROM products "
    "ORDER BY id",
    "SELECT name FROM products WHERE name GLOB '*e*' ORDER BY name COLLATE NOCASE DESC",
    "SELECT id FROM orders WHERE status == 'delivered' AND total <> 0 ORDER BY id",
    'SELECT count(*) FROM orders WHERE status = "delivered"',
    'SELECT [id], `status` FROM "orders" ORDER BY id',
    "SELECT unixepoch(placed_at) FROM orders ORDER BY 1",
    "SELECT max(total, 10), min(total, 10) FROM orders ORDER BY 1",
    "SELECT id FROM orders ORDER BY total DESC LIMIT 2, 3",
    "SELECT time(placed_at), datetime(placed_at, '+1 day') FROM orders ORDER BY 1",
    "SELECT name FROM products WHERE stock NOTNULL AND brand ISNULL",
    "SELECT substring(name, 2), ltrim(name, 'T'), round(price), ceil(price), floor(price), "
    "sqrt(price), pow(price, 2), ln(price + 1), mod(stock, 2) FROM products WHERE stock > 0 "
    "ORDER BY id",
    "SELECT count(*) FROM orders WHERE id IS NOT NULL AND status IS NOT 'x'",
    "SELECT current_date IS NOT NULL, CURRENT_TIMESTAMP IS NOT NULL",
]

POSTGRES = [
    "SELECT s.column2, count(*) FROM orders o JOIN (VALUES ('delivered', 'there'), "
    "('shipped', 'under way')) AS s ON s.column1 = o.status GROUP BY s.column2 ORDER BY 1",
    "SELECT date_trunc('month', placed_at)::date AS month, count(*) FROM orders GROUP BY 1 "
    "ORDER BY 1",
    "SELECT to_char(placed_at, 'YYYY-MM') AS month, sum(total) FROM orders GROUP BY month "
    "ORDER BY month",
    "SELECT extract(dow FROM placed_at) AS weekday, count(*) FROM orders GROUP BY 1 ORDER BY 1",
    "SELECT count(*) FROM orders WHERE placed_at >= now() - interval '30 days'",
    "SELECT count(*) FROM orders WHERE placed_at > current_date - 7",
    "SELECT count(*) FROM orders WHERE placed_at > current_timestamp - interval '1 month 3 days'",
    "SELECT date_part('year', age(timestamp '2030-01-01', placed_at::timestamp)) FROM orders "
    "ORDER BY 1",
    "SELECT string_agg(name, ', ' ORDER BY name DESC) FROM products",
    "SELECT array_agg(DISTINCT status) FROM orders",
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY total) AS median, "
    "mode() WITHIN GROUP (ORDER BY status) FROM orders",
    "SELECT stddev(total), stddev_pop(total), variance(total), corr(total, total) FROM orders",
    "SELECT DISTINCT ON (status) status, id, total FROM orders ORDER BY status, total DESC, id",
    "SELECT name FROM products WHERE name ILIKE '%tent%' OR name ~* '^s' ORDER BY 1",
    "SELECT id FROM orders ORDER BY total DESC, id FETCH FIRST 3 ROWS ONLY",
    "SELECT status, count(*) FROM orders GROUP BY ROLLUP (status) ORDER BY 1 NULLS LAST",
    "SELECT status, grouping(status) FROM orders GROUP BY GROUPING SETS ((status), ()) "
    "ORDER BY 1, 2",
    "SELECT status, count(*) FROM orders GROUP BY CUBE (status) ORDER BY 1",
    "SELECT o.id, x.n FROM orders o CROSS JOIN LATERAL (SELECT count(*) AS n FROM order_items i "
    "WHERE i.order_id = o.id) x ORDER BY 1",
    "SELECT total::numeric(10, 1), total::int, id::varchar(4), round(total, 1), trunc(total), "
    "ceil(total), floor(total), power(total, 2), sign(total) FROM orders ORDER BY id",
    "SELECT split_part(name, ' ', 1), left(name, 3), right(name, 2), position('e' in name), "
    "strpos(name, 'e'), initcap(name), lpad(name, 10, '.'), rpad(name, 4), reverse(name), "
    "concat(name, brand), concat_ws('-', name, brand), btrim(name), char_length(name), "
    "substring(name from 1 for 3), overlay(name placing 'X' from 1 for 1), "
    "translate(name, 'ab', 'xy'), regexp_replace(name, '[aeiou]', '', 'g'), ascii(name), "
    "trim(both 'T' from name), starts_with(name, 'T'), repeat('*', 5) FROM products ORDER BY id",
    "SELECT greatest(total, 10), least(total, 10), nullif(total, 0), total % 7, total ^ 2 "
    "FROM orders ORDER BY id",
    "SELECT bool_or(total > 5), bool_and(total > 5), every(total > 5) FROM orders",
    "SELECT id FROM orders WHERE status = ANY (ARRAY['delivered', 'shipped']) ORDER BY id",
    "SELECT count(*) FROM orders WHERE (status, id) IN (SELECT status, id FROM orders)",
    "SELECT placed_at AT TIME ZONE 'America/Los_Angeles' FROM orders ORDER BY 1",
    "SELECT extract(epoch FROM placed_at)::bigint / 86400 FROM orders ORDER BY 1",
    "SELECT width_bucket(total, 0, 1000, 10) AS bucket, count(*) FROM orders GROUP BY bucket "
    "ORDER BY bucket",
    "SELECT percent_rank() OVER (ORDER BY total), cume_dist() OVER (ORDER BY total) FROM orders "
    "ORDER BY 1",
    "WITH orders AS (SELECT * FROM orders WHERE total > 10) SELECT count(*) FROM orders",
    "WITH a AS MATERIALIZED (SELECT id FROM orders) SELECT count(*) FROM a",
    "SELECT count(*) FROM orders WHERE status IS DISTINCT FROM 'pending'",
    "SELECT count(o.*) FROM orders o",
    "SELECT count FROM (SELECT count(*) FROM orders) t",
    "SELECT date '2026-01-31' + interval '1 month', make_date(2026, 1, 31)",
    "SELECT name FROM products WHERE name SIMILAR TO '(T|S)%' ORDER BY name COLLATE \"C\"",
    "SELECT count(*) FROM orders WHERE placed_at::date BETWEEN '2026-01-01' AND '2026-12-31'",
    "SELECT s.label, count(*) FROM orders o JOIN (VALUES ('delivered', 'there')) AS s(code, label) "
    "ON s.code = o.status GROUP BY s.label",
    "SELECT count(*) FROM orders WHERE placed_at > now() - make_interval(days => 3000)",
    "SELECT round(count(*) * 100.0 / sum(count(*)) OVER (), 1) AS share FROM orders "
    "GROUP BY status ORDER BY 1",
    "SELECT lag(sum(total)) OVER (ORDER BY date_trunc('month', placed_at)) FROM orders "
    "GROUP BY date_trunc('month', placed_at) ORDER BY 1",
    "SELECT to_char(placed_at, 'Dy'), to_char(placed_at, 'IYYY-IW'), "
    "to_char(placed_at, 'HH24:MI'), to_char(placed_at, 'FMMonth YYYY'), to_char(placed_at, 'Q'), "
    "to_char(placed_at, 'D') FROM orders ORDER BY id",
    "SELECT extract(isodow FROM placed_at), extract(week FROM placed_at), placed_at::time "
    "FROM orders ORDER BY id",
    "SELECT sum(total) OVER (ORDER BY placed_at RANGE BETWEEN interval '25 days' PRECEDING AND "
    "CURRENT ROW) FROM orders ORDER BY id",
    "SELECT status, string_agg(DISTINCT id, ', ' ORDER BY id) FROM orders GROUP BY 1 ORDER BY 1",
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY total) FILTER (WHERE status = 'shipped') "
    "FROM orders",
    "SELECT name !~ 'x', name NOT ILIKE 'z%', name LIKE ANY (ARRAY['a%', 'b%']) FROM products "
    "ORDER BY id",
    "SELECT count(DISTINCT (o.id, i.product_id)) FROM orders o JOIN order_items i "
    "ON i.order_id = o.id",
    "SELECT extract(epoch FROM (timestamptz '2027-01-01' - placed_at)) / 3600 FROM orders "
    "ORDER BY 1",
    "SELECT $$it's$$ AS said, E'one line' AS line",
    "SELECT to_char(total, 'FM999990.00') FROM orders ORDER BY id",
    "SELECT date_trunc('week', placed_at) AS week, sum(total) FROM orders GROUP BY week "
    "ORDER BY week DESC LIMIT ALL",
]

MYSQL = [
    "SELECT ADDDATE(placed_at, INTERVAL 1 DAY), STRCMP(id, 'a'), REGEXP_SUBSTR(id, 'a') "
    "FROM orders",
    "SELECT DATE_FORMAT(placed_at, '%Y-%m') AS month, COUNT(*) FROM orders GROUP BY month",
    "SELECT COUNT(*) FROM orders WHERE placed_at >= DATE_SUB(NOW(), INTERVAL 30 DAY)",
    "SELECT YEAR(placed_at), MONTH(placed_at), SUM(total) FROM orders GROUP BY 1, 2 WITH ROLLUP",
    "SELECT DATEDIFF(NOW(), placed_at), DAYNAME(placed_at), WEEK(placed_at) FROM orders",
    "SELECT GROUP_CONCAT(name ORDER BY name SEPARATOR ', ') FROM products",
    "SELECT IF(stock > 3, 'many', 'few'), IFNULL(brand, '-'), CONCAT(name, ' ', brand) "
    "FROM products",
    "SELECT `name` FROM `products` WHERE name REGEXP '^T' AND brand = \"Nord\" LIMIT 5, 10",
    "SELECT TIMESTAMPDIFF(DAY, placed_at, NOW()) FROM orders # how old\n",
    "SELECT CAST(total AS SIGNED), FORMAT(total, 2), TRUNCATE(total, 1), total DIV 2 FROM orders",
    "SELECT STR_TO_DATE('2026', '%Y'), LAST_DAY(placed_at), UNIX_TIMESTAMP(placed_at), "
    "QUARTER(placed_at), CURDATE(), LOCATE('e', id), FIELD(status, 'a', 'b') FROM orders",
    "SELECT name FROM products WHERE name LIKE 'it\\'s%'",
]

# Each reads, writes or starts something beyond the views; {} is where a table's name stands.
BEYOND = [
    "SELECT * FROM {}",
    "SELECT email FROM {} WHERE email LIKE '%@%'",
    "SELECT count(*) FROM orders, {}",
    "SELECT o.id FROM orders o JOIN {} c ON 1 = 1",
    "SELECT (SELECT max(email) FROM {}) FROM orders",
    "SELECT id FROM orders WHERE EXISTS (SELECT 1 FROM {})",
    "SELECT id FROM orders UNION ALL SELECT email FROM {}",
    "SELECT id FROM orders ORDER BY (SELECT count(*) FROM {})",
    "SELECT id FROM orders GROUP BY id HAVING (SELECT count(*) FROM {}) > 0",
    "SELECT CASE WHEN (SELECT count(*) FROM {}) > 0 THEN 1 ELSE 0 END",
    "SELECT sum(total) OVER (ORDER BY (SELECT count(*) FROM {})) FROM orders",
    "SELECT count(*) FILTER (WHERE (SELECT count(*) FROM {}) > 0) FROM orders",
    "SELECT coalesce((SELECT email FROM {}), 'x')",
    "SELECT id FROM orders LIMIT (SELECT count(*) FROM {})",
    "SELECT id FROM orders LIMIT 1 OFFSET (SELECT count(*) FROM {})",
    "SELECT id FROM orders o JOIN products p ON p.id = (SELECT email FROM {})",
    "SELECT id FROM orders WHERE total BETWEEN 1 AND (SELECT count(*) FROM {})",
    "SELECT id FROM orders WHERE id IN ((SELECT email FROM {}))",
    "WITH orders AS (SELECT * FROM {}) SELECT * FROM orders",
    "WITH a AS (SELECT 1 AS x), b AS (SELECT email FROM {}) SELECT * FROM a",
    "WITH {} AS (SELECT * FROM {}) SELECT * FROM {}",
    "SELECT * FROM (WITH {} AS (SELECT 1 AS x) SELECT x FROM {}) t, {}",
    "SELECT * FROM (WITH {} AS (SELECT 1 AS x) SELECT x FROM {}) t UNION SELECT email FROM {}",
    "WITH a AS (SELECT * FROM {}), {} AS (SELECT 1 AS email) SELECT * FROM a",
    "SELECT * FROM (SELECT * FROM (SELECT * FROM {}) a) b",
    "SELECT * FROM ((orders JOIN {} ON 1 = 1))",
    "((SELECT * FROM {}))",
    "SELECT * FROM (VALUES ((SELECT max(email) FROM {}))) AS t",
    "SELECT id FROM orders EXCEPT (SELECT email FROM {})",
    "DELETE FROM {}",
    "UPDATE {} SET email = ''",
    "DROP TABLE {}",
    "INSERT INTO {} DEFAULT VALUES",
    "WITH d AS (DELETE FROM {} RETURNING *) SELECT * FROM d",
    "SELECT * INTO stolen FROM {}",
    "CREATE TABLE stolen AS SELECT * FROM {}",
    "SELECT 1; SELECT * FROM {}",
    "TABLE {}",
    "EXPLAIN SELECT * FROM {}",
]

ASKED: dict[DialectName, list[str]] = {
    "sqlite": BOTH + SQLITE,
    "postgres": BOTH + POSTGRES,
    "mysql": BOTH + MYSQL,
}
# Names of tables that are there, were there, or are the database's own.
NAMES = [
    "customer", "CUSTOMERS", '"order"', "payment_method", "sql_audit", "auth_tokens",
    "main.customer", "public.customer", '"main"."customer"', "sqlite_master", "sqlite_schema",
    "pg_user", "pg_catalog.pg_authid", "information_schema.tables", "mysql.user", "оrders",
    "orders\u200b", "ｏｒｄｅｒｓ", "orderſ", "pragma_table_info('customer')", "json_each('[1]')",
    "generate_series(1, 9)", "pg_ls_dir('.')", "dblink('', '') AS t(x int)", "ONLY customer",
    "orders TABLESAMPLE SYSTEM (10), customer", "LATERAL customer", "(TABLE customer)",
]  # fmt: skip
REFUSED: dict[DialectName, list[str]] = {
    "sqlite": [
        "WITH orders AS (SELECT 1 AS id UNION ALL SELECT id + 1 FROM orders) SELECT * FROM orders",
        "WITH a AS (SELECT * FROM returns), returns AS (SELECT * FROM a) SELECT * FROM a",
        "SELECT load_extension('x')", "SELECT readfile('/etc/passwd')", "SELECT zeroblob(9)",
        "SELECT sqlite_version()", "SELECT printf('%*d', 1000000000, 1)",
        "SELECT printf('%999999999d', 1)", "SELECT printf(name, 1) FROM products",
        "SELECT rowid FROM orders", "SELECT * FROM orders INDEXED BY x", "EXPLAIN SELECT 1",
        "SELECT json_group_array(id) FROM orders", "SELECT changes()", "SELECT ?1", "SELECT :a",
        "VALUES (1)", "SELECT fts3_tokenizer('a')", "SELECT writefile('a', 'b')",
    ],
    "postgres": [
        # Texts that sqlglot takes for units of time, and would write without quotes.
        "SELECT date_part('dow FROM placed_at) FROM customer --', placed_at) FROM orders",
        "SELECT datetime_trunc(placed_at, 'day) FROM customer --') FROM orders",
        "SELECT time_trunc(placed_at, 'current_user') FROM orders",
        "SELECT user", "SELECT 1 AS current_role, current_role FROM orders", "SELECT session_user",
        "SELECT version()", "SELECT inet_server_addr()", "SELECT pg_advisory_lock(1)",
        "SELECT nextval('x')", "SELECT set_config('a', 'b', false)", "SELECT query_to_xml('x')",
        "SELECT * FROM generate_series(1, 1000000000)", "SELECT o.ctid FROM orders o",
        "SELECT (o).id FROM orders o", "SELECT o.row_to_json FROM orders o", "SELECT U&'\\0061'",
        "SELECT pg_catalog.now()", "SELECT id FROM orders FOR SHARE", "SELECT 'x'::regrole",
        "SELECT E'\\\\' || ' FROM customer", "SELECT id OPERATOR(pg_catalog.+) 1 FROM orders",
        "SELECT DISTINCT ON ((SELECT email FROM customer)) id FROM orders", "PREPARE p AS SELECT 1",
        "SELECT * FROM ROWS FROM (now()) AS t", "SELECT xmlparse(document '<a/>')",
        "SELECT currval('x')", "SELECT * FROM orders o, LATERAL pg_ls_dir('.') f",
        "SELECT array_agg(o) FROM orders o", "LISTEN x", "EXPLAIN ANALYZE SELECT 1",
    ],
    "mysql": [
        "SELECT @@version", "SELECT @a := 1", "SELECT SLEEP(5)", "SELECT id FROM orders INTO @x",
        "SELECT id FROM orders INTO OUTFILE '/srv/x'", "SELECT /*!50000 1 */ 1",
        "SELECT /*+ x */ 1",
        "SELECT SQL_CALC_FOUND_ROWS id FROM orders", "SELECT id FROM orders LOCK IN SHARE MODE",
        "SELECT USER()", "SELECT DATABASE()", "SELECT * FROM information_schema.tables",
        "DO SLEEP(1)", "SELECT UUID()",
        "SELECT SLEEP/**/(5)", "SELECT 1 UNION SELECT user FROM mysql.user",
        "SELECT 'a\\' UNION SELECT email FROM customer -- '", "SELECT RELEASE_LOCK('x')",
    ],
}  # fmt: skip
