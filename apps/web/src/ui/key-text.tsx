import { printableKey } from '@cacheferry/kernel';
import { bytesOf } from './bytes-of.ts';

/** What stands for a key that this user may not see. */
const hidden = '••••••';

/** A key or value of users' data, given as base64: always text, everything unseen escaped. */
export function KeyText({
  base64,
  maxBytes = 256,
  isHidden,
}: {
  base64: string;
  maxBytes?: number;
  isHidden?: boolean;
}) {
  return (
    <bdi className="mono break" dir="ltr">
      {isHidden ? hidden : printableKey(bytesOf(base64), maxBytes) || '""'}
    </bdi>
  );
}
