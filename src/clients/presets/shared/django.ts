/** What the libraries for Django have in common. */

export const djangoUrls = (path: string, module: string) => ({
  where: 'urls.py',
  language: 'python' as const,
  text: () => `
        from django.urls import include, path

        urlpatterns += [path('${path}', include('${module}'))]
  `,
})

export const DJANGO_ROLES =
  'At each sign-in the person gets the groups named after their roles, and loses all others. Give permissions to these groups; one that exists already under such a name has those it was given.'
