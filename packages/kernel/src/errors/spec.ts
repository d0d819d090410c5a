/** Everything that is said about one error code, in one place. Texts may hold `{fact}` names. */
export type ErrorSpec = {
  /** Status of the HTTP answer that carries it. */
  http: number;
  /** Exit code of the `ferry` command that ends with it. */
  exit: 1 | 2 | 3 | 64 | 130;
  /** Whether trying again later, unchanged, can succeed. */
  retry: boolean;
  title: string;
  fix: string;
};

export type ErrorArea = Record<`${string}.${string}`, ErrorSpec>;
