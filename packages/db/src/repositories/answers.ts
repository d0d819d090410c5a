import type { Answers } from '@cacheferry/domain';
import type { Db } from '../prisma-client.ts';
import type { Sealer } from '../seal.ts';

const place = (userId: string, key: string) => ({
  table: 'idempotent_answers',
  column: 'sealed_answer',
  id: `${userId}/${key}`,
});

/** Answers under idempotency keys, sealed. */
export function createAnswers(db: Db, sealer: Sealer): Answers {
  return {
    reserve: async (userId, key, requestHash, createdAt) => {
      const added = await db.$executeRaw`
        insert into idempotent_answers (user_id, key, request_hash, created_at)
        values (${userId}::uuid, ${key}, ${requestHash}, ${createdAt}) on conflict do nothing`;
      if (added === 1) return null;
      const row = await db.idempotentAnswer.findUniqueOrThrow({ where: { userId_key: { userId, key } } });
      const answer = row.sealedAnswer === null ? 'null' : sealer.open(row.sealedAnswer, place(userId, key));
      return { requestHash: row.requestHash, answer, at: row.createdAt };
    },
    save: async (userId, key, answer) => {
      const sealedAnswer = sealer.seal(answer, place(userId, key));
      await db.idempotentAnswer.update({ where: { userId_key: { userId, key } }, data: { sealedAnswer } });
    },
    deleteBefore: async (time) => {
      await db.idempotentAnswer.deleteMany({ where: { createdAt: { lt: time } } });
    },
  };
}
