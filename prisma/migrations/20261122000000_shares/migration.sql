-- A migration runs on several machines at once: what each engine told last stays with its run.
ALTER TABLE "runs" ADD COLUMN "snapshot" JSONB;

-- At most one live run of a migration or check on each machine, whoever starts it.
DROP INDEX "runs_one_live_per_subject";
CREATE UNIQUE INDEX "runs_one_live_per_machine" ON "runs"("subject_id", "machine_id") WHERE "phase" <> 'ended';
