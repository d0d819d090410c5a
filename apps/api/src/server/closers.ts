/** What has been opened, to be closed in the opposite order. */
export type Closers = {
  add(name: string, close: () => Promise<void>): void;
  /** Closes all of it, each whatever happens to the others. */
  closeAll(onError: (name: string, error: unknown) => void): Promise<void>;
};

/** Makes an empty list of things to close. */
export function createClosers(): Closers {
  const open: { name: string; close: () => Promise<void> }[] = [];
  return {
    add: (name, close) => void open.push({ name, close }),
    closeAll: async (onError) => {
      for (let last = open.pop(); last; last = open.pop()) {
        try {
          await last.close();
        } catch (error) {
          onError(last.name, error);
        }
      }
    },
  };
}
