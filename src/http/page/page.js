document.title = 'eventhub-worker';
