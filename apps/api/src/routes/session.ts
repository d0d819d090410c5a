import { PasswordChange, Session, SignIn } from '@cacheferry/contract';
import { changePassword, signIn, signOut } from '@cacheferry/domain';
import { FerryError } from '@cacheferry/kernel';
import { clearSessionCookie, setSessionCookie } from '../http/cookie.ts';
import { json, nothing, type Route, route } from '../http/route.ts';
import { sessionKeyOf } from '../live/streams.ts';

const tag = 'Session';

/** Signing in and out. */
export const sessionRoutes: readonly Route[] = [
  route('POST /session', {
    needs: 'anyone',
    tag,
    summary: 'Sign in: answers the session and sets its cookie',
    body: SignIn,
    answer: json(Session, 'Session'),
    handle: async ({ ctx, body, deps, request, reply }) => {
      const { token, expiresAt, user, csrfToken } = await signIn(ctx, body, { hasher: deps.hasher });
      setSessionCookie(request, reply, token, expiresAt - ctx.clock.now());
      return { user, role: user.role, csrfToken, version: deps.version };
    },
  }),
  route('GET /session', {
    needs: 'viewer',
    isFirst: true,
    tag,
    summary: 'Who is signed in, and the token that writes by cookie send as x-csrf-token',
    answer: json(Session, 'Session'),
    handle: async ({ caller, deps }) => ({
      user: caller.user,
      role: caller.user?.role,
      csrfToken: caller.session?.csrfToken ?? '',
      version: deps.version,
    }),
  }),
  route('DELETE /session', {
    needs: 'viewer',
    isFirst: true,
    tag,
    summary: 'Sign out',
    answer: nothing,
    handle: async ({ ctx, caller, deps, request, reply }) => {
      if (caller.session) {
        await signOut(ctx, caller.session.token);
        deps.streams.endSession(sessionKeyOf(caller.session.token));
      }
      clearSessionCookie(request, reply);
    },
  }),
  route('POST /session/password', {
    needs: 'viewer',
    isFirst: true,
    tag,
    summary: 'Change the own password; every other session of the user ends',
    body: PasswordChange,
    answer: nothing,
    handle: async ({ ctx, body, caller, deps }) => {
      // A script's token must not be able to take the account over.
      if (!caller.session) throw new FerryError('auth.csrf');
      await changePassword(ctx, body, { hasher: deps.hasher, token: caller.session.token });
    },
  }),
];
