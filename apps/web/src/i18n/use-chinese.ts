import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';

const loaders = {
  problems: () => import('./data/problems-zh.json'),
  preflight: () => import('./data/preflight-zh.json'),
  phrases: () => import('./data/phrases-zh.json'),
  notes: () => import('./data/notes-zh.json'),
};
type Texts = { [Name in keyof typeof loaders]: Awaited<ReturnType<(typeof loaders)[Name]>>['default'] };

/** Chinese texts for what the server says, loaded when they are needed; `undefined` where its own language is shown. */
export function useChinese<Name extends keyof Texts>(name: Name): Texts[Name] | undefined {
  const { i18n } = useTranslation();
  const isChinese = i18n.language === 'zh';
  const { data } = useQuery({
    queryKey: ['texts', name, 'zh'],
    queryFn: async () => (await loaders[name]()).default as Texts[Name],
    enabled: isChinese,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  });
  return isChinese ? data : undefined;
}
