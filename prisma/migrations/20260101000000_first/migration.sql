-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "users" (
    "id" UUID NOT NULL,
    "username" TEXT NOT NULL,
    "username_key" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "is_disabled" BOOLEAN NOT NULL DEFAULT false,
    "must_change_password" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_sign_in_at" TIMESTAMPTZ(3),

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "token_hash" TEXT NOT NULL,
    "user_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "address" TEXT,

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("token_hash")
);

-- CreateTable
CREATE TABLE "sign_in_tries" (
    "id" UUID NOT NULL,
    "account_key" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sign_in_tries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "tokens" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "prefix" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "tokens_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "settings" (
    "name" TEXT NOT NULL,
    "value" JSONB NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "settings_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "audit" (
    "position" BIGSERIAL NOT NULL,
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor" TEXT NOT NULL,
    "actor_id" TEXT,
    "role" TEXT,
    "address" TEXT,
    "action" TEXT NOT NULL,
    "object_kind" TEXT NOT NULL,
    "object_id" TEXT,
    "object_name" TEXT,
    "detail" JSONB NOT NULL,
    "result" TEXT NOT NULL,
    "request_id" TEXT,
    "hash" TEXT NOT NULL,

    CONSTRAINT "audit_pkey" PRIMARY KEY ("position")
);

-- CreateTable
CREATE TABLE "idempotent_answers" (
    "user_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "sealed_answer" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "idempotent_answers_pkey" PRIMARY KEY ("user_id","key")
);

-- CreateTable
CREATE TABLE "machines" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "host" TEXT,
    "port" INTEGER,
    "username" TEXT,
    "auth_kind" TEXT,
    "sealed_auth" TEXT,
    "labels" TEXT[],
    "work_dir" TEXT,
    "slots" INTEGER NOT NULL,
    "state" TEXT NOT NULL,
    "is_draining" BOOLEAN NOT NULL DEFAULT false,
    "trusted_host_key" JSONB,
    "seen_host_key" JSONB,
    "facts" JSONB,
    "facts_at" TIMESTAMPTZ(3),
    "engine" JSONB,
    "problem" JSONB,
    "probe_asked_at" TIMESTAMPTZ(3),
    "install_asked_at" TIMESTAMPTZ(3),
    "probed_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "machines_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "endpoints" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "sealed_secrets" TEXT,
    "has_password" BOOLEAN NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "endpoints_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "preflights" (
    "id" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "machine_id" UUID NOT NULL,
    "source_url" TEXT NOT NULL,
    "source_kind" TEXT NOT NULL,
    "source_endpoint_id" UUID,
    "source_endpoint_name" TEXT,
    "source_has_password" BOOLEAN NOT NULL,
    "sealed_source_secrets" TEXT,
    "target_url" TEXT NOT NULL,
    "target_kind" TEXT NOT NULL,
    "target_endpoint_id" UUID,
    "target_endpoint_name" TEXT,
    "target_has_password" BOOLEAN NOT NULL,
    "sealed_target_secrets" TEXT,
    "mode" TEXT NOT NULL,
    "options" JSONB NOT NULL,
    "rows" JSONB NOT NULL,
    "report" JSONB,
    "problem" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "preflights_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migrations" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "source_url" TEXT NOT NULL,
    "source_kind" TEXT NOT NULL,
    "source_endpoint_id" UUID,
    "source_endpoint_name" TEXT,
    "source_has_password" BOOLEAN NOT NULL,
    "sealed_source_secrets" TEXT,
    "target_url" TEXT NOT NULL,
    "target_kind" TEXT NOT NULL,
    "target_endpoint_id" UUID,
    "target_endpoint_name" TEXT,
    "target_has_password" BOOLEAN NOT NULL,
    "sealed_target_secrets" TEXT,
    "machine_ids" UUID[],
    "options" JSONB NOT NULL,
    "preflight_id" UUID,
    "override" JSONB,
    "snapshot" JSONB,
    "snapshot_at" TIMESTAMPTZ(3),
    "problem" JSONB,
    "restarts" INTEGER NOT NULL DEFAULT 0,
    "lost_from" TEXT,
    "last_event_id" BIGINT NOT NULL DEFAULT 0,
    "owner_id" UUID NOT NULL,
    "owner_name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "migrations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "checks" (
    "id" UUID NOT NULL,
    "migration_id" UUID NOT NULL,
    "machine_id" UUID NOT NULL,
    "state" TEXT NOT NULL,
    "options" JSONB NOT NULL,
    "snapshot" JSONB,
    "snapshot_at" TIMESTAMPTZ(3),
    "result" JSONB,
    "conflicts" JSONB NOT NULL,
    "round" INTEGER NOT NULL DEFAULT 0,
    "problem" JSONB,
    "last_event_id" BIGINT NOT NULL DEFAULT 0,
    "by_id" UUID NOT NULL,
    "by_name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "checks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "runs" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "subject_id" UUID NOT NULL,
    "migration_id" UUID NOT NULL,
    "machine_id" UUID NOT NULL,
    "wanted" TEXT NOT NULL,
    "phase" TEXT NOT NULL,
    "is_lost" BOOLEAN NOT NULL DEFAULT false,
    "launches" INTEGER NOT NULL DEFAULT 0,
    "state_dir" TEXT,
    "pid" INTEGER,
    "engine_sha256" TEXT,
    "last_seq" BIGINT NOT NULL DEFAULT 0,
    "reported" TEXT,
    "outcome" TEXT,
    "result" JSONB,
    "last_error" JSONB,
    "deaths" JSONB NOT NULL,
    "last_contact_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "runs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "leases" (
    "kind" TEXT NOT NULL,
    "id" UUID NOT NULL,
    "owner" TEXT NOT NULL,
    "epoch" INTEGER NOT NULL,
    "until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "leases_pkey" PRIMARY KEY ("kind","id")
);

-- CreateTable
CREATE TABLE "commands" (
    "id" UUID NOT NULL,
    "run_id" UUID NOT NULL,
    "migration_id" UUID NOT NULL,
    "command" TEXT NOT NULL,
    "args" JSONB NOT NULL,
    "by_name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "delivered_at" TIMESTAMPTZ(3),
    "closed_at" TIMESTAMPTZ(3),
    "outcome" TEXT,

    CONSTRAINT "commands_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "events" (
    "subject_id" UUID NOT NULL,
    "id" BIGINT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "type" TEXT NOT NULL,
    "level" TEXT,
    "run_id" UUID,
    "seq" BIGINT,
    "text" TEXT NOT NULL,
    "body" JSONB NOT NULL,

    CONSTRAINT "events_pkey" PRIMARY KEY ("subject_id","id")
);

-- CreateTable
CREATE TABLE "metrics_points" (
    "migration_id" UUID NOT NULL,
    "step" INTEGER NOT NULL,
    "at" BIGINT NOT NULL,
    "keys_per_second" DOUBLE PRECISION NOT NULL,
    "bytes_per_second" DOUBLE PRECISION NOT NULL,
    "keys_done" BIGINT NOT NULL,
    "lag_bytes" BIGINT,
    "lag_ms" BIGINT,
    "rss_bytes" BIGINT NOT NULL,

    CONSTRAINT "metrics_points_pkey" PRIMARY KEY ("migration_id","step","at")
);

-- CreateTable
CREATE TABLE "conflicts" (
    "id" BIGSERIAL NOT NULL,
    "check_id" UUID NOT NULL,
    "round" INTEGER NOT NULL,
    "first_round" INTEGER NOT NULL,
    "db" INTEGER NOT NULL,
    "key" BYTEA NOT NULL,
    "key_hash" BYTEA NOT NULL,
    "type" TEXT NOT NULL,
    "class" TEXT NOT NULL,
    "body" JSONB NOT NULL,

    CONSTRAINT "conflicts_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "users_username_key_key" ON "users"("username_key");

-- CreateIndex
CREATE INDEX "sessions_user_id_idx" ON "sessions"("user_id");

-- CreateIndex
CREATE INDEX "sessions_expires_at_idx" ON "sessions"("expires_at");

-- CreateIndex
CREATE INDEX "sign_in_tries_account_key_at_idx" ON "sign_in_tries"("account_key", "at");

-- CreateIndex
CREATE INDEX "sign_in_tries_address_at_idx" ON "sign_in_tries"("address", "at");

-- CreateIndex
CREATE UNIQUE INDEX "tokens_token_hash_key" ON "tokens"("token_hash");

-- CreateIndex
CREATE INDEX "tokens_user_id_idx" ON "tokens"("user_id");

-- CreateIndex
CREATE UNIQUE INDEX "audit_id_key" ON "audit"("id");

-- CreateIndex
CREATE INDEX "audit_object_id_idx" ON "audit"("object_id");

-- CreateIndex
CREATE INDEX "audit_at_idx" ON "audit"("at");

-- CreateIndex
CREATE INDEX "idempotent_answers_created_at_idx" ON "idempotent_answers"("created_at");

-- CreateIndex
CREATE UNIQUE INDEX "machines_name_key" ON "machines"("name");

-- CreateIndex
CREATE UNIQUE INDEX "endpoints_name_key" ON "endpoints"("name");

-- CreateIndex
CREATE INDEX "preflights_created_at_idx" ON "preflights"("created_at");

-- CreateIndex
CREATE INDEX "migrations_created_at_id_idx" ON "migrations"("created_at", "id");

-- CreateIndex
CREATE INDEX "migrations_state_idx" ON "migrations"("state");

-- CreateIndex
CREATE INDEX "checks_migration_id_created_at_idx" ON "checks"("migration_id", "created_at");

-- CreateIndex
CREATE INDEX "checks_created_at_id_idx" ON "checks"("created_at", "id");

-- CreateIndex
CREATE INDEX "runs_subject_id_created_at_idx" ON "runs"("subject_id", "created_at");

-- CreateIndex
CREATE INDEX "runs_migration_id_idx" ON "runs"("migration_id");

-- CreateIndex
CREATE INDEX "runs_machine_id_phase_idx" ON "runs"("machine_id", "phase");

-- CreateIndex
CREATE INDEX "commands_run_id_idx" ON "commands"("run_id");

-- CreateIndex
CREATE INDEX "events_at_idx" ON "events"("at");

-- CreateIndex
CREATE UNIQUE INDEX "events_run_id_seq_key" ON "events"("run_id", "seq");

-- CreateIndex
CREATE INDEX "conflicts_check_id_id_idx" ON "conflicts"("check_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "conflicts_check_id_key_hash_db_class_key" ON "conflicts"("check_id", "key_hash", "db", "class");

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tokens" ADD CONSTRAINT "tokens_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "checks" ADD CONSTRAINT "checks_migration_id_fkey" FOREIGN KEY ("migration_id") REFERENCES "migrations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "commands" ADD CONSTRAINT "commands_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "runs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

