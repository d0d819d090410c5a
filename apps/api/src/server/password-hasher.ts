import type { PasswordHasher } from '@cacheferry/domain';
import { hash, verify } from '@node-rs/argon2';

/** Argon2id (the default) with more than three times the memory that OWASP asks for, at about a tenth of a second. */
const cost = { memoryCost: 64 * 1024, timeCost: 3, parallelism: 1 };
const atOnce = 2;
/** Of a random password that nobody has: what a try at an unknown user is compared with. */
const nobody = '$argon2id$v=19$m=65536,t=3,p=1$qqqNyes4fo9KItcbse7hjQ$7zF2RBcgAPQiHh+AVRf8yyPebu4X1YMKFgIHHeWl0Ks';

/** Hashes passwords by Argon2id, at most two at once: each takes 64 MiB. An unknown user takes as long as a known one. */
export function createPasswordHasher(): PasswordHasher {
  const gate = createGate(atOnce);
  return {
    hash: (password) => gate(() => hash(password.normalize('NFKC'), cost)),
    verify: async (password, stored) => {
      const isRight = await gate(() => verify(stored ?? nobody, password.normalize('NFKC')));
      return isRight && stored !== null;
    },
  };
}

function createGate(places: number) {
  const waiting: (() => void)[] = [];
  let free = places;
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
