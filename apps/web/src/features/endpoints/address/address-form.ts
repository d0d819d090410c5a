import type { Address, AddressSecrets, SecretName } from './address.ts';
import type { AddressField } from './address-faults.ts';

/** What the parts of an address form are given. */
export type AddressForm = {
  address: Address;
  secrets: AddressSecrets;
  /** The end that is described; absent where an address is saved for either. */
  side?: 'source' | 'target' | undefined;
  onChange: (patch: Partial<Address>) => void;
  onSecret: (name: SecretName, value: string) => void;
  /** A field has been left: what is wrong with it may be shown. */
  onLeave: (field: AddressField) => void;
  faultOf: (field: AddressField | SecretName) => string | undefined;
  /** Said below a field of a secret. */
  secretNote: string;
};
