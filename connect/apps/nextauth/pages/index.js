export default function Home() {
  return 'The application'
}
