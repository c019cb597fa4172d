/** Reads the forms of a page as far as the load generator needs them: their actions and fields. */
export interface Form {
  action: string
  fields: URLSearchParams
  /** names of the fields that a person fills in */
  password: string | null
  login: string | null
}

export function formsOf(html: string): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, attributes = '', inner = '']) => {
    const form: Form = {
      action: attribute(attributes, 'action') ?? '',
      fields: new URLSearchParams(),
      password: null,
      login: null,
    }
    for (const [, input = ''] of inner.matchAll(/<(?:input|button)\b([^>]*)>/gi)) take(form, input)
    return form
  })
}

function take(form: Form, input: string) {
  const name = attribute(input, 'name')
  if (name == null) return
  const type = attribute(input, 'type')
  if (type === 'password') form.password = name
  else if (type === 'email' || type === 'text') form.login ??= name
  else if (!form.fields.has(name)) form.fields.set(name, attribute(input, 'value') ?? '')
}

function attribute(text: string, name: string) {
  const found = new RegExp(`(?:^|\\s)${name}="([^"]*)"`, 'i').exec(text)?.[1]
  return found?.replaceAll('&#x3D;', '=').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')
}
