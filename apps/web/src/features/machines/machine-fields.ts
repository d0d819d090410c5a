import type { MachineAuth, MachineInput } from '@cacheferry/contract';

export type AuthKind = MachineAuth['kind'];
export type MachineFields = {
  name: string;
  host: string;
  port: number | '';
  username: string;
  authKind: AuthKind;
  password: string;
  privateKey: string;
  passphrase: string;
  labels: string;
  workDir: string;
  slots: number | '';
};
export type MachineFault = { field: keyof MachineFields; reason: 'missing' | 'port' | 'key' | 'workDir' | 'label' };

export const emptyMachine: MachineFields = {
  name: '',
  host: '',
  port: 22,
  username: '',
  authKind: 'key',
  password: '',
  privateKey: '',
  passphrase: '',
  labels: '',
  workDir: '',
  slots: '',
};

const required = ['name', 'host', 'username'] as const;

/** What is wrong with the fields, all of it. */
export function machineFaults(fields: MachineFields): MachineFault[] {
  const faults: MachineFault[] = required
    .filter((field) => fields[field].trim() === '')
    .map((field) => ({ field, reason: 'missing' }));
  const port = Number(fields.port);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) faults.push({ field: 'port', reason: 'port' });
  if (fields.authKind === 'password' && fields.password === '') faults.push({ field: 'password', reason: 'missing' });
  if (fields.authKind === 'key' && !/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(fields.privateKey))
    faults.push({ field: 'privateKey', reason: 'key' });
  if (fields.workDir !== '' && !/^(~\/|\/)/.test(fields.workDir)) faults.push({ field: 'workDir', reason: 'workDir' });
  if (labelsOf(fields).some((label) => label.length > 40)) faults.push({ field: 'labels', reason: 'label' });
  return faults;
}

/** The fields as the API takes them. */
export function toInput(fields: MachineFields): Extract<MachineInput, { kind: 'ssh' }> {
  const labels = labelsOf(fields);
  return {
    kind: 'ssh',
    name: fields.name.trim(),
    host: fields.host.trim(),
    port: Number(fields.port),
    username: fields.username.trim(),
    auth: authOf(fields),
    ...(labels.length > 0 ? { labels } : {}),
    ...(fields.workDir.trim() ? { workDir: fields.workDir.trim() } : {}),
    ...(fields.slots === '' ? {} : { slots: fields.slots }),
  };
}

/** How to sign in there. */
export function authOf({ authKind, password, privateKey, passphrase }: MachineFields): MachineAuth {
  if (authKind === 'password') return { kind: 'password', password };
  if (authKind === 'agent') return { kind: 'agent' };
  // A key pasted without its last line break is refused by OpenSSH's format.
  const key = privateKey.replace(/\r\n/g, '\n').trimEnd();
  return { kind: 'key', privateKey: `${key}\n`, ...(passphrase === '' ? {} : { passphrase }) };
}

/** Splits `user@host:port` when it is pasted into the field of the host. */
export function splitAddress(text: string): Partial<MachineFields> {
  const match = /^(?:ssh:\/\/)?(?:([a-zA-Z_][\w.@$-]*)@)?(\[[0-9a-fA-F:.]+\]|[^\s:@/]+)(?::(\d{1,5}))?\/?$/.exec(
    text.trim(),
  );
  if (!match?.[2]) return { host: text };
  return {
    host: match[2],
    ...(match[1] ? { username: match[1] } : {}),
    ...(match[3] ? { port: Number(match[3]) } : {}),
  };
}

/** Labels stand in one field, with commas between them. */
export function labelsOf({ labels }: Pick<MachineFields, 'labels'>): string[] {
  return [...new Set(labels.split(',').map((label) => label.trim()))].filter(Boolean);
}
