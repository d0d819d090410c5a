import * as z from 'zod/mini';

/**
 * A request on the engine's control socket: one JSON object a line; the answer is one line
 * `{ok: true, result?}` or `{ok: false, code, detail, fix}`, and an `ack` event with the same `id`.
 */
export const ControlRequest = z.discriminatedUnion('command', [
  z.object({ id: z.string(), command: z.literal('status') }),
  z.object({ id: z.string(), command: z.literal('pause') }),
  z.object({ id: z.string(), command: z.literal('resume') }),
  z.object({ id: z.string(), command: z.literal('stop') }),
  z.object({ id: z.string(), command: z.literal('fence') }),
  z.object({ id: z.string(), command: z.literal('unfence') }),
  z.object({
    id: z.string(),
    command: z.literal('rate'),
    rateKeys: z.optional(z.int().check(z.gte(0))),
    rateBytes: z.optional(z.int().check(z.gte(0))),
  }),
]);
export type ControlRequest = z.infer<typeof ControlRequest>;
export type ControlCommand = ControlRequest['command'];

export const ControlAnswer = z.looseObject({ ok: z.boolean() });
export type ControlAnswer = z.infer<typeof ControlAnswer>;
