import { type PasswordChange, Session, type SignIn } from '@cacheferry/contract';
import { queryOptions } from '@tanstack/react-query';
import { request, sendOnly, setCsrfToken } from '../../app/http/request.ts';

/** Who is signed in. Its answer also holds the token that every later write carries. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }) => remember(await request(Session, '/session', { signal })),
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
});

/** Signs in and answers the new session. */
export async function signIn(input: SignIn): Promise<Session> {
  return remember(await request(Session, '/session', { method: 'POST', body: input }));
}

/** Ends the session; the cookie goes with it. */
export async function signOut(): Promise<void> {
  await sendOnly('/session', { method: 'DELETE' });
  setCsrfToken(undefined);
}

/** Changes the own password; other sessions of the user end. */
export async function changePassword(input: PasswordChange): Promise<Session> {
  await sendOnly('/session/password', { method: 'POST', body: input });
  return remember(await request(Session, '/session'));
}

function remember(session: Session): Session {
  setCsrfToken(session.csrfToken);
  return session;
}
