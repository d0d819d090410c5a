import type { Check, CheckContext, Finding } from '../check.ts';

const expected = 'auto_eject_hosts: false';

/** A pool that ejects servers writes keys elsewhere meanwhile: they are then on two servers, or on the wrong one. */
const outcomes: Check['outcomes'] = {
  steady: { status: 'pass', message: 'The pool leaves every key where its hash says (auto_eject_hosts is off)' },
  ejecting: {
    status: 'warn',
    message:
      'The pool has auto_eject_hosts on: what was written while a server was ejected lies on another one, and counts as stray',
    fix: 'Set auto_eject_hosts: false in the proxies for as long as the migration runs, and check the data afterwards.',
  },
};

/** Whether the servers of a source pool stay what they are. */
export const sourceEjection: Check = {
  id: 'source.ejection',
  scope: 'source',
  outcomes,
  applies: ({ source }) => source.endpoint.kind === 'twemproxy',
  run: ({ source }) => findEjection(source),
};

/** The same of a target: clients of the proxy would look elsewhere than the migration writes. */
export const targetEjection: Check = {
  id: 'target.ejection',
  scope: 'target',
  outcomes,
  applies: ({ target }) => target.endpoint.kind === 'twemproxy',
  run: ({ target }) => findEjection(target),
};

async function findEjection(end: CheckContext['source']): Promise<Finding> {
  const isOn = await end.ejectsHosts();
  return { outcome: isOn ? 'ejecting' : 'steady', observed: `auto_eject_hosts: ${isOn}`, expected };
}
