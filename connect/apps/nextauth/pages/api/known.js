import { getServerSession } from 'next-auth/next'
import { authOptions } from './auth/[...nextauth].js'

export default async function known(request, response) {
  const session = await getServerSession(request, response, authOptions)
  response.json({ email: session?.user?.email, roles: session?.roles })
}
