"use strict";
// Shows an alert while no page of the console is open.
self.addEventListener("push", (event) => {
  let notice = {};
  try { notice = event.data.json(); } catch { /* a message without words still says that there is something */ }
  event.waitUntil(self.registration.showNotification(notice.title || "Eagle", {
    body: notice.body || "",
    // A newer word on the same alarm takes the older one's place, and is heard.
    tag: notice.tag,
    renotify: Boolean(notice.tag),
    requireInteraction: notice.urgency === "CRITICAL",
    data: { link: notice.link || "/" },
  }));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil((async () => {
    const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const link = new URL(event.notification.data.link, self.location.origin);
    if (pages.length) {
      if (link.hash) pages[0].postMessage({ link: link.hash });
      return pages[0].focus();
    }
    return self.clients.openWindow(link.origin === self.location.origin ? link.href : "/");
  })());
});
