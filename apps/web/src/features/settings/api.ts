import {
  AuditEntry,
  NewToken,
  pageOf,
  Settings,
  type SettingsChange,
  Token,
  type TokenInput,
  User,
  type UserChange,
  type UserInput,
} from '@cacheferry/contract';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { queryString, request, sendOnly } from '../../app/http/request.ts';

type Params = {
  q?: string | undefined;
  cursor?: string | undefined;
  sort?: string | undefined;
  limit?: number | undefined;
};

export const settingsKeys = { users: ['users'], tokens: ['tokens'], audit: ['audit'], settings: ['settings'] } as const;

export const usersQuery = (params: Params) =>
  queryOptions({
    queryKey: [...settingsKeys.users, params],
    queryFn: ({ signal }) => request(pageOf(User), `/users${queryString(params)}`, { signal }),
    placeholderData: keepPreviousData,
  });
export const createUser = (body: UserInput, idempotencyKey: string): Promise<User> =>
  request(User, '/users', { method: 'POST', body, idempotencyKey });
export const changeUser = (id: string, body: UserChange): Promise<User> =>
  request(User, `/users/${id}`, { method: 'PATCH', body });
export const removeUser = (id: string): Promise<void> => sendOnly(`/users/${id}`, { method: 'DELETE' });

export const tokensQuery = (params: Params) =>
  queryOptions({
    queryKey: [...settingsKeys.tokens, params],
    queryFn: ({ signal }) => request(pageOf(Token), `/tokens${queryString(params)}`, { signal }),
    placeholderData: keepPreviousData,
  });
export const createToken = (body: TokenInput, idempotencyKey: string): Promise<NewToken> =>
  request(NewToken, '/tokens', { method: 'POST', body, idempotencyKey });
export const revokeToken = (id: string): Promise<void> => sendOnly(`/tokens/${id}`, { method: 'DELETE' });

export const auditQuery = (params: Params & { user?: string | undefined; action?: string | undefined }) =>
  queryOptions({
    queryKey: [...settingsKeys.audit, params],
    queryFn: ({ signal }) => request(pageOf(AuditEntry), `/audit${queryString(params)}`, { signal }),
    placeholderData: keepPreviousData,
  });

export const generalQuery = queryOptions({
  queryKey: settingsKeys.settings,
  queryFn: ({ signal }) => request(Settings, '/settings', { signal }),
});
export const changeSettings = (body: SettingsChange): Promise<Settings> =>
  request(Settings, '/settings', { method: 'PATCH', body });
