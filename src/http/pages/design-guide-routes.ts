import { page } from './page.ts';
import { pageRoute, render } from '../routing/page-route.ts';
import type { AnyRoute } from '../routing/route.ts';

const LONG_EMAIL = 'anastasia.konstantinopolskaya-petrova@a-rather-long-company-name.example.org';

export const COMPONENTS = {
  moment: new Date('2026-11-17T09:41:00Z'),
  longEmail: LONG_EMAIL,
  longName: 'Maximiliane Wolkenstein-Trostburg von und zu Hohenfels',
  snippet:
    'curl https://id.example.org/token \\\n  -u "$CLIENT_ID:$CLIENT_SECRET" \\\n  -d grant_type=authorization_code',
  points: [12, 18, 17, 22, 30, 9, 7, 28, 33, 41, 38, 52, 20, 61].map((value, index) => ({
    label: String(index + 1),
    value,
  })),
  icons: [
    'person mail phone calendar home key shield clock app list link lock warning check cross chevron globe sun moon',
    'device search copy info plus menu eye code out image note never system',
  ].flatMap((names) => names.split(' ')),
};

export const componentsPage = page<typeof COMPONENTS>('design-guide/components.njk');

/** Every component on one page, for designing and for the accessibility tests. Mount it in development only. */
export function designGuideRoutes(): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: '/design',
      access: 'public',
      handle: async () => render(componentsPage, COMPONENTS),
    }),
  ];
}
