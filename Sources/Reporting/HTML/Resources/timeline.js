// The timeline of one key: lanes, bands, zoom, pan, filter and details. What a service said only ever enters
// the page as a text node.
"use strict";
(function () {
  var source = document.getElementById("timeline-data");
  var frame = document.getElementById("timeline-frame");
  if (!source || !frame) return;
  var data = JSON.parse(source.textContent);
  if (!data.keys.length) return;

  var SVG = "http://www.w3.org/2000/svg";
  var LABELS = 86, SLOT = 17, HEAD = 24, RIGHT = 12, MOST_SLOTS = 8;
  var detail = document.getElementById("timeline-detail");
  var count = document.getElementById("timeline-count");
  var controls = {};
  ["key", "operation", "client", "replica", "outcome"].forEach(function (name) {
    controls[name] = document.getElementById("timeline-" + name);
  });
  [frame, detail, document.getElementById("timeline-controls")].forEach(function (element) { element.hidden = false; });

  var key, first, last;      // the key shown, and the ends of its operations
  var from, to;              // the part in view
  var chosen = null;

  // Figures

  function duration(nanoseconds) {
    var size = Math.abs(nanoseconds);
    if (size < 1e3) return Math.round(nanoseconds) + " ns";
    if (size < 1e6) return (nanoseconds / 1e3).toFixed(size < 1e5 ? 1 : 0) + " µs";
    if (size < 1e9) return (nanoseconds / 1e6).toFixed(size < 1e8 ? 1 : 0) + " ms";
    return (nanoseconds / 1e9).toFixed(size < 1e11 ? 2 : 0) + " s";
  }

  function ticks() {
    var rough = (to - from) / Math.max(2, Math.min(8, (width() - LABELS) / 110));
    var power = Math.pow(10, Math.floor(Math.log10(rough)));
    var step = [1, 2, 5, 10].map(function (n) { return n * power; }).find(function (n) { return n >= rough; });
    var all = [];
    for (var t = Math.ceil((from - key.origin) / step) * step; t <= to - key.origin && all.length < 40; t += step) all.push(t);
    return all;
  }

  // Drawing

  function node(name, attributes, parent) {
    var made = document.createElementNS(SVG, name);
    for (var attribute in attributes) made.setAttribute(attribute, attributes[attribute]);
    if (parent) parent.appendChild(made);
    return made;
  }

  function write(text, attributes, parent) {
    var made = node("text", attributes, parent);
    made.textContent = text;
    return made;
  }

  function width() { return Math.max(300, frame.clientWidth); }
  function place(time) { return LABELS + (time - from) / (to - from) * (width() - LABELS - RIGHT); }

  function isShown(operation) {
    var wanted = controls.replica.value;
    return (!controls.operation.value || operation.name === controls.operation.value)
      && (!controls.client.value || String(operation.client) === controls.client.value)
      && (!controls.outcome.value || operation.outcome === controls.outcome.value)
      && (!wanted || operation.requests.some(function (request) { return String(request.replica) === wanted; }));
  }

  function distinct(values) {
    return values.filter(function (value, index) { return values.indexOf(value) === index; })
      .sort(function (a, b) { return a - b; });
  }

  // Requests that were under way together on one replica lie below each other.
  function slots(requests) {
    var ends = {};
    requests.sort(function (a, b) { return a.item.begin - b.item.begin; }).forEach(function (request) {
      var taken = ends[request.item.replica] = ends[request.item.replica] || [];
      var slot = taken.findIndex(function (end) { return end <= request.item.begin; });
      if (slot < 0) slot = taken.length < MOST_SLOTS ? taken.length : MOST_SLOTS - 1;
      taken[slot] = request.item.end === null ? Infinity : request.item.end;
      request.slot = slot;
    });
    return ends;
  }

  function draw() {
    var shown = key.operations.filter(isShown);
    var clients = distinct(shown.map(function (operation) { return operation.client; }));
    var requests = [];
    shown.forEach(function (operation) {
      operation.requests.forEach(function (request) {
        if (!controls.replica.value || String(request.replica) === controls.replica.value) {
          requests.push({ item: request, operation: operation });
        }
      });
    });
    var used = slots(requests);
    var laneHeight = clients.length > 10 ? 19 : 26;
    var top = HEAD;
    var lanes = clients.map(function (client) { return lane("client " + client, laneHeight); });
    top += clients.length ? 12 : 0;
    var replicas = {};
    distinct(Object.keys(used).map(Number)).forEach(function (replica) {
      replicas[replica] = lane("replica " + replica, SLOT * used[replica].length + 8);
    });
    function lane(name, height) {
      var made = { name: name, y: top, height: height };
      top += height;
      return made;
    }
    var height = top + 8;
    var svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("height", height);
    svg.setAttribute("viewBox", "0 0 " + width() + " " + height);
    var clip = node("clipPath", { id: "timeline-clip" }, node("defs", {}, svg));
    node("rect", { x: LABELS, y: 0, width: width() - LABELS, height: height }, clip);
    ticks().forEach(function (tick) {
      var x = place(key.origin + tick);
      node("line", { "class": "grid", x1: x, x2: x, y1: HEAD - 4, y2: height }, svg);
      write(tick ? "+" + duration(tick).replace(/\.0+ /, " ") : "0", { "class": "tick middle", x: x, y: 14 }, svg);
    });
    lanes.concat(Object.values(replicas)).forEach(function (lane) {
      var y = lane.y + lane.height;
      node("line", { "class": "lane-line", x1: 0, x2: width(), y1: y, y2: y }, svg);
      write(lane.name, { "class": "lane-label", x: 8, y: lane.y + Math.min(lane.height, 26) / 2 + 4 }, svg);
    });
    var plane = node("g", { "clip-path": "url(#timeline-clip)" }, svg);
    bands(plane, replicas, height);
    shown.forEach(function (operation) {
      bar(plane, operation, operation, lanes[clients.indexOf(operation.client)].y + 4, laneHeight - 7, operation.name);
    });
    requests.forEach(function (request) {
      var y = replicas[request.item.replica].y + 4 + SLOT * request.slot;
      bar(plane, request.item, request.operation, y, SLOT - 2, request.item.answer);
    });
    // Drawing anew would drop the focus, and with it the keys.
    var hadFocus = frame.contains(document.activeElement);
    frame.replaceChildren(svg);
    if (hadFocus) frame.focus({ preventScroll: true });
    count.textContent = shown.length + " of " + key.operations.length + " operations"
      + (key.total > key.operations.length ? " (" + key.total + " on this key)" : "")
      + " · " + duration(to - from) + " in view";
    frame.dataset.shown = shown.length;
    frame.dataset.from = Math.round(from - key.origin);
    frame.dataset.span = Math.round(to - from);
  }

  // Faults and waits for locks lie behind the requests of their replica.
  function bands(plane, replicas, height) {
    function band(item, kind, text) {
      var end = item.end === null ? to : item.end;
      if (end < from || item.begin > to) return;
      var lane = item.replica === null ? { y: HEAD, height: height - HEAD } : replicas[item.replica];
      if (!lane) return;
      var x = place(Math.max(item.begin, from));
      var made = node("rect", {
        "class": "band fill " + kind, x: x, width: Math.max(2, place(Math.min(end, to)) - x),
        y: lane.y + 1, height: lane.height - 2
      }, plane);
      node("title", {}, made).textContent = text;
      made.addEventListener("click", function () { detail.textContent = text; });
    }
    data.faults.forEach(function (fault) {
      var lasted = fault.end === null ? "not healed" : duration(fault.end - fault.begin);
      band(fault, "t-fault", "fault: " + fault.kind + " of " + fault.target + ", " + lasted);
    });
    key.waits.forEach(function (wait) {
      band(wait, "t-wait", "waited " + duration(wait.end - wait.begin) + " for " + wait.lock);
    });
  }

  // A bar without an end goes on to the right edge and beyond.
  function bar(plane, item, operation, y, height, label) {
    var isOpen = item.end === null;
    var end = isOpen ? Math.max(to, last) : item.end;
    if (end < from || item.begin > to) return;
    var x = Math.max(LABELS - 4, place(item.begin));
    var right = isOpen ? width() - 4 : Math.min(width() + 4, place(end));
    var size = Math.max(3, right - x);
    var group = node("g", {
      "class": "bar t-" + item.outcome + (operation.example ? " example" : "") + (isOpen ? " open" : "")
        + (chosen === operation ? " chosen" : ""),
      tabindex: item === operation ? "0" : "-1", role: "button", "aria-label": sentence(operation)
    }, plane);
    node("rect", { "class": "fill t-" + item.outcome, x: x, y: y, width: size, height: height, rx: 3 }, group);
    if (isOpen) node("path", { d: "M" + (right - 2) + " " + y + "l6 " + height / 2 + "l-6 " + height / 2 + "z" }, group);
    if (size > 7 * label.length + 8 && item.outcome !== "unknown") {
      write(label, { "class": "bar-label", x: Math.max(x, LABELS) + 5, y: y + height / 2 + 4 }, group);
    }
    node("title", {}, group).textContent = sentence(operation);
    group.addEventListener("click", function () { tell(operation); });
    group.addEventListener("mouseenter", function () { tell(operation); });
    group.addEventListener("focus", function () { tell(operation); });
  }

  // Details

  function sentence(operation) {
    var took = operation.end === null ? "no end known" : duration(operation.end - operation.begin);
    return operation.name + " by client " + operation.client + ", " + operation.outcome + ", " + took
      + (operation.meaning ? ", " + operation.meaning : "");
  }

  function tell(operation) {
    chosen = operation;
    detail.replaceChildren();
    var head = document.createElement("b");
    head.textContent = sentence(operation) + ", began +" + duration(operation.begin - key.origin);
    detail.appendChild(head);
    operation.requests.forEach(function (request) {
      var line = document.createElement("div");
      line.className = "mono";
      var took = request.end === null ? "" : " after " + duration(request.end - request.begin);
      line.textContent = "replica " + request.replica + "  " + request.text + "  → " + request.answer + took;
      detail.appendChild(line);
    });
  }

  // Zoom and pan

  function show(begin, end) {
    var whole = last - first;
    var span = Math.min(whole, Math.max(whole / 20000, 1000, end - begin));
    var middle = (begin + end) / 2;
    from = Math.max(first, Math.min(last - span, middle - span / 2));
    to = from + span;
    draw();
  }

  function zoom(factor, around) {
    var center = around === undefined ? (from + to) / 2 : around;
    show(center - (center - from) * factor, center + (to - center) * factor);
  }

  function pan(share) { show(from + (to - from) * share, to + (to - from) * share); }

  function timeAt(event) {
    var x = event.clientX - frame.getBoundingClientRect().left - LABELS;
    return from + Math.max(0, Math.min(1, x / (width() - LABELS - RIGHT))) * (to - from);
  }

  function choose(index) {
    key = data.keys[index];
    controls.key.value = String(index);
    first = Infinity;
    last = -Infinity;
    key.operations.forEach(function (operation) {
      first = Math.min(first, operation.begin);
      last = Math.max(last, operation.end === null ? operation.begin : operation.end);
    });
    var margin = Math.max(1000, (last - first) * 0.02);
    first -= margin;
    last += margin;
    chosen = null;
    detail.textContent = "Point at a bar, or move to one with Tab.";
    show(first, last);
  }

  // Events

  controls.key.addEventListener("change", function () { choose(Number(controls.key.value)); });
  ["operation", "client", "replica", "outcome"].forEach(function (name) {
    controls[name].addEventListener("change", draw);
  });
  document.getElementById("timeline-in").addEventListener("click", function () { zoom(0.5); });
  document.getElementById("timeline-out").addEventListener("click", function () { zoom(2); });
  document.getElementById("timeline-all").addEventListener("click", function () { show(first, last); });

  // A wheel zooms only with Ctrl, or once the timeline has the focus: a page must scroll past it.
  frame.addEventListener("wheel", function (event) {
    if (!event.ctrlKey && !frame.contains(document.activeElement)) return;
    event.preventDefault();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) pan(event.deltaX / 600);
    else zoom(event.deltaY > 0 ? 1.25 : 0.8, timeAt(event));
  }, { passive: false });

  var drag = null;
  frame.addEventListener("pointerdown", function (event) {
    if (event.button !== 0) return;
    drag = { x: event.clientX, from: from, to: to, moved: false };
  });
  window.addEventListener("pointermove", function (event) {
    if (!drag) return;
    var moved = event.clientX - drag.x;
    if (Math.abs(moved) < 4 && !drag.moved) return;
    drag.moved = true;
    frame.classList.add("dragging");
    var shift = -moved / (width() - LABELS - RIGHT) * (drag.to - drag.from);
    show(drag.from + shift, drag.to + shift);
  });
  window.addEventListener("pointerup", function () {
    drag = null;
    frame.classList.remove("dragging");
  });

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    var within = frame.contains(document.activeElement);
    if (event.key === "+" || event.key === "=") zoom(0.5);
    else if (event.key === "-") zoom(2);
    else if (event.key === "0") show(first, last);
    else if (within && event.key === "ArrowLeft") pan(-0.2);
    else if (within && event.key === "ArrowRight") pan(0.2);
    else if (within && event.key === "Enter" && document.activeElement.dispatchEvent) document.activeElement.dispatchEvent(new Event("focus"));
    else return;
    event.preventDefault();
  });

  document.addEventListener("click", function (event) {
    var link = event.target.closest("a.to-timeline");
    if (!link) return;
    var index = data.keys.findIndex(function (item) { return item.key === link.dataset.key; });
    if (index >= 0) choose(index);
  });

  var waiting = 0;
  window.addEventListener("resize", function () {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(draw);
  });

  choose(0);
})();
