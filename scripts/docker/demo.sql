-- Sample rows for Sage's tables, only by `docker compose --profile demo up` and only when the tables are empty and
-- there is no backup.
-- The same rows in every run: 24 sessions, 400 memories in Chinese and English, nineteen of twenty with an embedding.
\set ON_ERROR_STOP on
BEGIN;
LOCK TABLE sessions, memories IN EXCLUSIVE MODE;
DO $$ BEGIN PERFORM setseed(0.20261122); END $$;
SELECT NOT EXISTS (SELECT FROM memories) AND NOT EXISTS (SELECT FROM sessions) AS empty \gset
\if :empty
INSERT INTO sessions (id, name, metadata, created_at, updated_at, last_active)
SELECT 'demo-' || n, CASE WHEN n % 2 = 0 THEN '会话 ' ELSE 'Session ' END || n, '{"demo": true}', t, t, t + interval '1 hour'
FROM generate_series(1, 24) AS n, LATERAL (SELECT timestamptz '2026-01-01 08:00+00' + n * interval '7 hours') AS at (t);
INSERT INTO memories (id, session_id, user_input, assistant_response, embedding, metadata, created_at, updated_at)
SELECT md5('demo memory ' || n)::uuid,
       'demo-' || 1 + n % 24,
       CASE WHEN n % 2 = 0 THEN '上次我们谈到备份,你还记得吗? #' ELSE 'What did we say about backups? #' END || n,
       E'Trust nothing that was not tried.\n没有验证过的,就不要相信。\t🙂 \\ ' || n,
       CASE WHEN n % 20 <> 0 THEN (SELECT array_agg(random() - 0.5) FROM generate_series(1, 4096) WHERE n > 0)::vector(4096) END,
       jsonb_build_object('demo', true, 'n', n), t, t
FROM generate_series(1, 400) AS n, LATERAL (SELECT timestamptz '2026-01-01 09:00+00' + n * interval '20 minutes') AS at (t);
\echo demo: 24 sessions and 400 memories are in the database
\else
\echo demo: the tables already hold rows, nothing was changed
\endif
COMMIT;
