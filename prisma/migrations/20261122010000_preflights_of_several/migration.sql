-- A preflight for several machines is one for each. The further ones know the first.
ALTER TABLE "preflights" ADD COLUMN "leader_id" UUID;

CREATE INDEX "preflights_leader_id_idx" ON "preflights"("leader_id");
