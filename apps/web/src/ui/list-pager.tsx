import { Pager } from './pager.tsx';

type ListPagerProps = {
  data: { items: unknown[]; nextCursor: string | null; total: number };
  page: {
    skipped: number;
    onFirst: () => void;
    onPrevious: () => void;
    next: (cursor: string | null, shown: number) => void;
  };
};

/** The pager of a list as the server answered it. */
export function ListPager({ data, page }: ListPagerProps) {
  return (
    <Pager
      skipped={page.skipped}
      shown={data.items.length}
      total={data.total}
      hasNext={data.nextCursor !== null}
      onFirst={page.onFirst}
      onPrevious={page.onPrevious}
      onNext={() => page.next(data.nextCursor, data.items.length)}
    />
  );
}
