import { compileLibrary, startCluster, startRedis, stopEverything } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { expectEqual, Migration } from './migration.ts';

afterEach(() => stopEverything());

/** A module with one command, that adds to a counter and is replicated as it was called. */
const code = `
#include <stddef.h>
typedef int (*Handler)(void *, void **, int);
static int (*set_attributes)(void *, const char *, int, int);
static int (*create_command)(void *, const char *, Handler, const char *, int, int, int);
static void *(*call)(void *, const char *, const char *, ...);
static int (*replicate)(void *);
static int (*reply_with)(void *, void *);

static int add(void *context, void **words, int count) {
  if (count != 3) return 1;
  void *reply = call(context, "INCRBY", "ss", words[1], words[2]);
  replicate(context);
  return reply_with(context, reply);
}

int RedisModule_OnLoad(void *context, void **words, int count) {
  (void)words;
  (void)count;
  int (*find)(const char *, void *) = *(int (**)(const char *, void *))context;
  find("RedisModule_SetModuleAttribs", &set_attributes);
  find("RedisModule_CreateCommand", &create_command);
  find("RedisModule_Call", &call);
  find("RedisModule_ReplicateVerbatim", &replicate);
  find("RedisModule_ReplyWithCallReply", &reply_with);
  set_attributes(context, "tally", 1, 1);
  return create_command(context, "tally.add", add, "write", 1, 1, 1);
}
`;

const library = compileLibrary('tally', code);
const loaded = { args: ['--loadmodule', library ?? ''] };

describe.skipIf(library === null)('a command of a module', () => {
  test('is carried to a target that has the module', async () => {
    const [source, target] = await Promise.all([startRedis(loaded), startRedis(loaded)]);
    const run = new Migration({ source, target });
    await run.caughtUp(source);
    for (let n = 1; n <= 20; n++) await source.client.call('TALLY.ADD', 'tally', n);
    await source.client.set('behind', '1');
    await run.caughtUp(source);
    expect(await target.client.get('tally')).toBe('210');
    await expectEqual(source, target);
    const { errors, lost } = await run.status();
    expect([errors, lost]).toEqual([{}, {}]);
    await run.stop();
  });

  test.each([
    ['one server', () => startRedis()],
    ['a cluster', () => startCluster()],
  ])('that %s as the target lacks is counted and named, and what comes behind it arrives', async (_, open) => {
    const [source, target] = await Promise.all([startRedis(loaded), open()]);
    const run = new Migration({ source, target });
    await run.caughtUp(source);
    await source.client.call('TALLY.ADD', 'tally', 7);
    await source.client.multi().set('{t}before', '1').call('TALLY.ADD', '{t}ally', 7).set('{t}behind', '1').exec();
    await run.caughtUp(source);
    const names = ['{t}before', '{t}ally', '{t}behind'];
    expect(await Promise.all(names.map((name) => target.client.get(name)))).toEqual(['1', null, '1']);
    const { errors, lost } = await run.status();
    expect([errors, lost]).toEqual([{ 'target.refused': 1 }, { command: 2 }]);
    await run.stop();
    const told = run.of('log').filter((line) => line.class === 'command');
    expect(told.map(({ command, key }) => command ?? key)).toEqual(['TALLY.ADD', 'TALLY.ADD']);
  });
});
