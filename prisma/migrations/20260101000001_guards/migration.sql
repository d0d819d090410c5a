-- What Prisma's schema cannot say.

-- At most one live run of a migration or check, whoever starts it.
CREATE UNIQUE INDEX "runs_one_live_per_subject" ON "runs"("subject_id") WHERE "phase" <> 'ended';
CREATE INDEX "runs_live" ON "runs"("created_at") WHERE "phase" <> 'ended';
CREATE INDEX "commands_open" ON "commands"("migration_id", "created_at") WHERE "closed_at" IS NULL;

-- Rows that are written often stay in their page.
ALTER TABLE "migrations" SET (fillfactor = 70);
ALTER TABLE "checks" SET (fillfactor = 70);
ALTER TABLE "runs" SET (fillfactor = 70);
ALTER TABLE "leases" SET (fillfactor = 70);

-- The audit only grows. (The engine that applies migrations cuts at every semicolon, so the one inside is written \x3b.)
CREATE FUNCTION "audit_only_grows"() RETURNS trigger LANGUAGE plpgsql AS
  E'BEGIN RAISE EXCEPTION ''the audit cannot be changed''\x3b END';
CREATE TRIGGER "audit_rows_stay" BEFORE UPDATE OR DELETE ON "audit" FOR EACH ROW EXECUTE FUNCTION "audit_only_grows"();
CREATE TRIGGER "audit_stays" BEFORE TRUNCATE ON "audit" FOR EACH STATEMENT EXECUTE FUNCTION "audit_only_grows"();
