import { Id } from '@cacheferry/contract';
import * as z from 'zod/mini';

/** The parameters of an address below one object. */
export const ById = z.object({ id: Id });

/** A list that is always whole. */
export const allOf = <T extends z.core.$ZodType>(item: T) => z.object({ items: z.array(item) });

/** A body without fields: actions that need no input take `{}`, or no body at all. */
export const NoFields = z.strictObject({});
