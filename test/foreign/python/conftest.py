"""Lets the tests that azure-eventhub ships in its source archive run against the emulator.

Their own conftest.py makes an event hub in Azure for each test with a management client; this one takes its place. It gives
the same fixtures, on hubs that stand ready (EVENTHUB_NAMES), with tokens of a local identity service, and lets no name be
looked up outside of this machine.
"""

import itertools
import json
import os
import socket
import sys
import threading
import urllib.request
from functools import partial

import certifi
import pytest

HOST = os.environ["EVENTHUB_HOST"]
KEY_NAME = "RootManageSharedAccessKey"
KEY = "SAS_KEY_VALUE"
PARTITIONS = ("0", "1")
BLOB_SUFFIX = ".blob.core.windows.net"

# Each worker of pytest-xdist has its own share of the hubs.
worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
hub_names = itertools.islice(os.environ["EVENTHUB_NAMES"].split(","), worker, None, workers)

# The AMQP library looks nowhere else for the authorities it trusts.
certifi.where = lambda: os.environ["SSL_CERT_FILE"]

_look_up = socket.getaddrinfo


def look_up_here(host, port, *args, **kwargs):
    """The storage account's public name leads to the local blob service; other public names lead nowhere."""
    name = host.decode() if isinstance(host, bytes) else host
    if name is not None and name.endswith(BLOB_SUFFIX):
        return _look_up("127.0.0.1", int(os.environ["BLOB_PORT"]), *args, **kwargs)
    if name not in (None, "localhost") and not name.startswith("127."):
        raise socket.gaierror(socket.EAI_NONAME, f"{name}: not on this machine")
    return _look_up(host, port, *args, **kwargs)


socket.getaddrinfo = look_up_here
# The blob checkpoint store's tests import a helper that is not published.
sys.path.insert(0, os.path.dirname(__file__))

from azure.eventhub import EventHubProducerClient  # noqa: E402
from azure.eventhub._pyamqp import ReceiveClient  # noqa: E402
from azure.eventhub._pyamqp.authentication import SASTokenAuth  # noqa: E402
from devtools_testutils import get_credential as credential_of  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--sleep", default="True")


def pytest_configure(config):
    for marker in ("liveTest", "live_test_only", "no_amqpproxy"):
        config.addinivalue_line("markers", marker)


def pytest_runtest_logreport(report):
    """Writes what came of a test to REPORT_FILE, a line of JSON for each phase that decides: the workers report to the first
    process, which writes alone."""
    is_deciding = report.when == "call" or report.outcome != "passed"
    if "PYTEST_XDIST_WORKER" in os.environ or not is_deciding:
        return
    said = report.longrepr[2] if report.skipped and isinstance(report.longrepr, tuple) else str(report.longrepr or "")
    line = {"test": report.nodeid, "outcome": report.outcome, "said": said[-1500:]}
    with open(os.environ["REPORT_FILE"], "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


@pytest.fixture(scope="session", params=[False], ids=["pyamqp"])
def uamqp_transport(request):
    return request.param


@pytest.fixture(scope="session")
def timeout_factor():
    return 1


@pytest.fixture
def sleep(request):
    return request.config.getoption("--sleep") == "True"


@pytest.fixture
def client_args():
    return {}


@pytest.fixture(scope="session")
def get_credential():
    return credential_of


@pytest.fixture(scope="session")
def get_credential_async():
    return partial(credential_of, is_async=True)


@pytest.fixture
def live_eventhub():
    name = next(hub_names)
    return {
        "hostname": HOST,
        "key_name": KEY_NAME,
        "access_key": KEY,
        "namespace": HOST,
        "resource_group": "none",
        "event_hub": name,
        "consumer_group": "$Default",
        "partition": "0",
        "connection_str": connection_string(HOST, KEY_NAME, KEY, name),
    }


def connection_string(host, key_name, key, hub):
    return f"Endpoint=sb://{host}/;SharedAccessKeyName={key_name};SharedAccessKey={key};EntityPath={hub}"


@pytest.fixture
def connection_str(live_eventhub):
    return live_eventhub["connection_str"]


@pytest.fixture
def invalid_hostname(live_eventhub):
    return connection_string("invalid123.servicebus.windows.net", KEY_NAME, KEY, live_eventhub["event_hub"])


@pytest.fixture
def invalid_key(live_eventhub):
    return connection_string(HOST, KEY_NAME, "invalid", live_eventhub["event_hub"])


@pytest.fixture
def invalid_policy(live_eventhub):
    return connection_string(HOST, "invalid", KEY, live_eventhub["event_hub"])


def open_receivers(hub):
    """One low-level receiver per partition, which reads what a test sends."""
    receivers = []
    for partition in PARTITIONS:
        uri = f"sb://{HOST}/{hub}"
        source = f"amqps://{HOST}/{hub}/ConsumerGroups/$Default/Partitions/{partition}"
        auth = SASTokenAuth(uri, uri, KEY_NAME, KEY)
        receiver = ReceiveClient(HOST, source, auth=auth, timeout=30, link_credit=500)
        receiver.open()
        receivers.append(receiver)
    return receivers


def open_senders(hub):
    client = EventHubProducerClient(HOST, hub, credential_of())
    return client, [client._create_producer(partition_id=partition) for partition in PARTITIONS]


@pytest.fixture
def connstr_receivers(live_eventhub):
    receivers = open_receivers(live_eventhub["event_hub"])
    yield live_eventhub["connection_str"], receivers
    for receiver in receivers:
        receiver.close()


@pytest.fixture
def auth_credentials(live_eventhub):
    return HOST, live_eventhub["event_hub"], credential_of


@pytest.fixture
def auth_credentials_async(live_eventhub):
    return HOST, live_eventhub["event_hub"], partial(credential_of, is_async=True)


def receivers_and(credential):
    @pytest.fixture
    def fixture(live_eventhub):
        receivers = open_receivers(live_eventhub["event_hub"])
        yield HOST, live_eventhub["event_hub"], credential, receivers
        for receiver in receivers:
            receiver.close()

    return fixture


def senders_and(credential):
    @pytest.fixture
    def fixture(live_eventhub):
        client, senders = open_senders(live_eventhub["event_hub"])
        yield HOST, live_eventhub["event_hub"], credential, senders
        for sender in senders:
            sender.close()
        client.close()

    return fixture


auth_credential_receivers = receivers_and(credential_of)
auth_credential_receivers_async = receivers_and(partial(credential_of, is_async=True))
auth_credential_senders = senders_and(credential_of)
auth_credential_senders_async = senders_and(partial(credential_of, is_async=True))


@pytest.fixture(scope="session", params=["amqp", "ws"])
def socket_transport(request):
    from azure.eventhub import TransportType

    return {"amqp": TransportType.Amqp, "ws": TransportType.AmqpOverWebsocket}[request.param]


@pytest.fixture(scope="session")
def storage_url():
    return f"https://{os.environ['AZURE_STORAGE_ACCOUNT']}{BLOB_SUFFIX}"


@pytest.fixture
def checkpoint_store(storage_url):
    return new_checkpoint_store(storage_url, is_async=False)


@pytest.fixture
def checkpoint_store_aio(storage_url):
    return new_checkpoint_store(storage_url, is_async=True)


def new_checkpoint_store(storage_url, is_async):
    import uuid

    from azure.eventhub.extensions.checkpointstoreblob import BlobCheckpointStore
    from azure.eventhub.extensions.checkpointstoreblobaio import BlobCheckpointStore as AsyncBlobCheckpointStore

    store = AsyncBlobCheckpointStore if is_async else BlobCheckpointStore
    return store(storage_url, f"blobcontainer{uuid.uuid4()}", credential=credential_of(is_async=is_async))


@pytest.fixture(scope="session")
def fake_span():
    from tracing_common import FakeSpan

    return FakeSpan


@pytest.fixture
def enable_tracing(fake_span):
    from azure.core.settings import settings

    settings.tracing_implementation.set_value(fake_span)
    yield fake_span
    settings.tracing_implementation.set_value(None)


def detach_links(hub):
    """Detaches every link of a hub as the service does for maintenance."""
    headers = {"authorization": f"Bearer {os.environ['CONTROL_TOKEN']}", "content-type": "application/json"}
    url = f"{os.environ['CONTROL_URL']}/links"
    body = json.dumps({"hub": hub}).encode()
    urllib.request.urlopen(urllib.request.Request(url, body, headers, method="DELETE")).close()


@pytest.fixture
def faultinjector(live_eventhub):
    """In the place of the vendor's proxy, which is not published: the emulator detaches the links after a while."""
    timer = threading.Timer(3, detach_links, [live_eventhub["event_hub"]])
    timer.start()
    yield {"logging_enable": False}
    timer.cancel()


class HubProperties:
    def as_dict(self):
        return {"message_retention_in_days": 1}


class EventHubs:
    """In the place of Azure Resource Manager: what tests change of a hub is not kept, but its links are detached."""

    def get(self, _resource_group, _namespace, _hub):
        return HubProperties()

    def create_or_update(self, _resource_group, _namespace, hub, _properties):
        detach_links(hub)


class ResourceManagement:
    event_hubs = EventHubs()


@pytest.fixture
def resource_mgmt_client():
    return ResourceManagement()
