import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import { useMachineNames } from './use-machine-names.ts';

/** Names of machines as links; all names come with one request. */
export function MachineNames({ ids }: { ids: string[] }) {
  const names = useMachineNames(ids);
  return (
    <span>
      {ids.map((id, index) => (
        <Fragment key={id}>
          {index > 0 && ', '}
          <Link
            to="/machines/$id"
            params={{ id }}
            style={{ whiteSpace: 'nowrap', ...(ids.length > 1 && { textDecoration: 'underline' }) }}
          >
            {names[index]}
          </Link>
        </Fragment>
      ))}
    </span>
  );
}
