import {
  AuditEntry,
  ListQuery,
  NewToken,
  pageOf,
  Settings,
  SettingsChange,
  Token,
  TokenInput,
  User,
  UserChange,
  UserInput,
} from '@cacheferry/contract';
import {
  createToken,
  createUser,
  deleteUser,
  getSettings,
  getUser,
  listAudit,
  listTokens,
  listUsers,
  revokeToken,
  updateSettings,
  updateUser,
  verifyAudit,
} from '@cacheferry/domain';
import * as z from 'zod/mini';
import { json, nothing, type Route, route } from '../http/route.ts';
import { ById } from './shapes.ts';

const AuditQuery = z.extend(ListQuery, {
  user: z.optional(z.string().check(z.maxLength(100))),
  action: z.optional(z.string().check(z.maxLength(100))),
  objectId: z.optional(z.string().check(z.maxLength(100))),
  from: z.optional(z.string().check(z.maxLength(40))),
  to: z.optional(z.string().check(z.maxLength(40))),
});
const AuditVerdict = z.object({ ok: z.boolean(), entries: z.number(), brokenAt: z.nullable(z.string()) });

/** Users of the installation. */
export const userRoutes: readonly Route[] = [
  route('GET /users', {
    needs: 'admin',
    tag: 'Users',
    summary: 'List users',
    query: ListQuery,
    answer: json(pageOf(User), 'UserPage'),
    handle: ({ ctx, query }) => listUsers(ctx, query),
  }),
  route('POST /users', {
    needs: 'admin',
    tag: 'Users',
    summary: 'Add a user',
    body: UserInput,
    answer: json(User, 'User', 201),
    handle: ({ ctx, body, deps }) => createUser(ctx, body, { hasher: deps.hasher }),
  }),
  route('GET /users/:id', {
    needs: 'admin',
    tag: 'Users',
    summary: 'One user',
    params: ById,
    answer: json(User, 'User'),
    handle: ({ ctx, params }) => getUser(ctx, params.id),
  }),
  route('PATCH /users/:id', {
    needs: 'admin',
    tag: 'Users',
    summary: 'Change role, password or access of a user',
    params: ById,
    body: UserChange,
    answer: json(User, 'User'),
    handle: ({ ctx, params, body, deps }) => updateUser(ctx, params.id, body, { hasher: deps.hasher }),
  }),
  route('DELETE /users/:id', {
    needs: 'admin',
    tag: 'Users',
    summary: 'Remove a user with all sessions and tokens',
    params: ById,
    answer: nothing,
    handle: ({ ctx, params }) => deleteUser(ctx, params.id),
  }),
];

/** Tokens of scripts. */
export const tokenRoutes: readonly Route[] = [
  route('GET /tokens', {
    needs: 'admin',
    tag: 'Tokens',
    summary: 'List tokens',
    query: ListQuery,
    answer: json(pageOf(Token), 'TokenPage'),
    handle: ({ ctx, query }) => listTokens(ctx, query),
  }),
  route('POST /tokens', {
    needs: 'admin',
    tag: 'Tokens',
    summary: 'Make a token; only this answer ever holds it',
    body: TokenInput,
    answer: json(NewToken, 'NewToken', 201),
    handle: ({ ctx, body }) => createToken(ctx, body),
  }),
  route('DELETE /tokens/:id', {
    needs: 'admin',
    tag: 'Tokens',
    summary: 'Revoke a token',
    params: ById,
    answer: nothing,
    handle: ({ ctx, params }) => revokeToken(ctx, params.id),
  }),
];

/** What was done by whom, and the settings of the installation. */
export const officeRoutes: readonly Route[] = [
  route('GET /audit', {
    needs: 'viewer',
    tag: 'Audit',
    summary: 'Who did what, newest first',
    query: AuditQuery,
    answer: json(pageOf(AuditEntry), 'AuditPage'),
    handle: ({ ctx, query: { user, action, objectId, from, to, ...list } }) =>
      listAudit(ctx, {
        ...list,
        ...(user === undefined ? {} : { user }),
        ...(action === undefined ? {} : { action }),
        ...(objectId === undefined ? {} : { objectId }),
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      }),
  }),
  route('GET /audit/verify', {
    needs: 'admin',
    tag: 'Audit',
    summary: 'Whether the chain of entries is whole',
    answer: json(AuditVerdict, 'AuditVerdict'),
    handle: ({ ctx }) => verifyAudit(ctx),
  }),
  route('GET /settings', {
    needs: 'admin',
    tag: 'Settings',
    summary: 'Settings of the installation',
    answer: json(Settings, 'Settings'),
    handle: ({ ctx }) => getSettings(ctx),
  }),
  route('PATCH /settings', {
    needs: 'admin',
    tag: 'Settings',
    summary: 'Change some settings',
    body: SettingsChange,
    answer: json(Settings, 'Settings'),
    handle: ({ ctx, body }) => updateSettings(ctx, body),
  }),
];
