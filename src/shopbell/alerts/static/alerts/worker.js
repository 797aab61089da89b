// The service worker of Shopbell: it shows pushed alerts and opens what they are about. No caching.
self.addEventListener("push", (event) => {
  const told = event.data?.json() ?? {};
  if (!told.title) return;
  event.waitUntil(self.registration.showNotification(told.title, { body: told.text, tag: told.url, data: told.url }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data, self.location.origin).href;
  event.waitUntil(
    (async () => {
      const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
      const known = open.find((each) => each.url === url);
      return known ? known.focus() : self.clients.openWindow(url);
    })(),
  );
});
