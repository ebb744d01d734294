/** sin-cos 一课的文章，中文。 @module */

/** @import {Article, Try} from './types.js' */

/** @typedef {Try['actions']} Actions */

const TUTORIAL = {
  timeStep: 10,
  endpoint: 'inclusive',
  stateMode: 'carry',
  hiddenSize: 32,
  learningRate: 0.02,
  clipNorm: null,
};
const EVEN = { ...TUTORIAL, endpoint: 'exclusive' };

/** 教程的一百段。 @type {Actions} */
const trained = [
  ['set', TUTORIAL],
  ['reset', { seed: 1 }],
  ['step', 100],
];
/** 同样一百段，取点等间隔。 @type {Actions} */
const trainedEvenly = [
  ['set', EVEN],
  ['reset', { seed: 1 }],
  ['step', 100],
];

/** @type {Article} */
export const article = {
  sections: [
    {
      id: 'unrolled',
      title: '什么是循环神经网络',
      body: [
        '循环神经网络，就是带有一个<em>环</em>的网络。每个时间步，它读入一个输入 <em>x</em> 和自己上一步的<em>隐藏状态 h</em>，由两者算出新的 <em>h</em>；<em>输出层</em>再由新的 <em>h</em> 得出回答 <em>out</em>。把这个方框在每个时间步各画一次，就是<em>展开</em>：序列有多长，网络就有多深，而每一层用的是同一组权重。训练用的正是展开后的样子，本页的名字 Unroll 也由此而来。',
        'PyTorch 一次读入一整批。设 <code>batch_first=True</code>，输入的形状就是 <code>[batch, time step, feature]</code>，这里是 <code>[1, 10, 1]</code>。返回的 <code>r_out</code> 是所有时间步的隐藏状态，<code>[1, 10, 32]</code>；<code>h_n</code> 是最后一个，<code>[1, 1, 32]</code>，无论是否 <code>batch_first</code>，它的第一维都是层数；LSTM 还会返回最后的细胞状态 <code>c_n</code>。所以 <code>r_out[:, -1, :]</code> 与 <code>h_n[-1]</code> 是同一组数，图的最后一行当场核对。',
      ],
      figure: 'unrolled',
      caption:
        '网络此刻对一段曲线的回答：此前先走两个周期；若每段清零，则从零开始。小方格是隐藏状态的各个单元：蓝为正，红为负。点击方框，可查看它的算式。',
      tries: [
        {
          label: '训练之前',
          claim: '蓝色的回答与红色的目标没什么关系。',
          actions: [
            ['set', TUTORIAL],
            ['reset', { seed: 1 }],
            ['figure', 'unrolled', { timeStep: 3, unit: 1 }],
          ],
        },
        {
          label: '一百段之后',
          claim: '每一列里，两者都靠近了。',
          actions: [...trained, ['figure', 'unrolled', { timeStep: 3, unit: 1 }]],
        },
      ],
    },
    {
      id: 'wave',
      title: '一次学半个周期',
      body: [
        '浅色的线是网络的输入 sin <em>t</em>，每个<em>时间步</em>读一个点；红线是它应当给出的 cos <em>t</em>；蓝线是它实际给出的。网络一次学一<em>段</em>，也就是十个点、半个周期。学完一段，优化器 Adam 把权重修正一次，接着就是下一段。',
        '多数<em>随机种子</em>（即多数初始权重）下，大约五十段之后蓝线就贴上了红线。但贴上之后未必稳得住：<em>损失</em>（这十个点上的均方误差）仍会忽高忽低。按教程训练一百段，最后二十段的平均损失，有的种子不到 0.01，有的超过 0.2。有两个办法能让它平稳下来，用哪个都行：把学习率改成 0.005；或者去掉每段的终点，让点的间隔均匀。',
      ],
      figure: 'wave',
      caption: '最近八段：网络一边学，一边这样作答。',
      tries: [
        {
          label: '训练一百段',
          claim: '蓝线会找到红线。',
          actions: [['figure', 'wave', {}], ...trained],
        },
        {
          label: '只走一段',
          claim: '没训练过的网络，几乎不随目标变化。',
          actions: [
            ['set', TUTORIAL],
            ['reset', { seed: 1 }],
            ['step', 1],
            ['figure', 'wave', {}],
          ],
        },
        {
          label: '换成种子 2 再来',
          claim: '换了初始权重，到最后损失仍在跳动。',
          actions: [
            ['figure', 'wave', {}],
            ['set', TUTORIAL],
            ['reset', { seed: 2 }],
            ['step', 100],
          ],
        },
        {
          label: '种子 2，点距均匀',
          claim: '最后平稳下来。',
          actions: [
            ['figure', 'wave', {}],
            ['set', EVEN],
            ['reset', { seed: 2 }],
            ['step', 100],
          ],
        },
      ],
    },
    {
      id: 'memory',
      title: '一个 sin，两个 cos',
      body: [
        'sin <em>t</em> 等于 0.71 时，曲线要么正在上升，cos 是 0.71；要么正在下降，cos 是 −0.71。只看得见当前值的模型，最好也不过永远答 0；在教程的十个点上，这时的损失是 0.55。能把两者分开的是<em>隐藏状态</em>：32 个介于 −1 和 1 之间的数，从一个时间步传到下一个时间步。',
        '状态轨迹把这 32 个数画成一个点，每个时间步一个，坐标取前两个<em>主成分</em>，也就是它们变化最大的两个方向。训练之前，状态基本上只是跟着输入走：环是扁的，上升和下降两条路几乎挨在一起。学习先把环撑开；等权重渐渐稳定，后一圈便与前一圈重合，环就合拢了。如果损失一直在跳，前后两圈也就始终对不上。',
      ],
      figure: 'memory',
      caption:
        '左边是状态轨迹（PCA 平面），学习过程中坐标轴不会转动；右边是同样的 32 个单元随时间的变化。',
      tries: [
        {
          label: '训练之前',
          claim: '环是扁的：sin 相同的两个点离得很近。',
          actions: [
            ['set', EVEN],
            ['reset', { seed: 1 }],
            ['figure', 'memory', { view: 'portrait', path: 'probe', pair: true }],
          ],
        },
        {
          label: '开始训练，看它合拢',
          claim: '相对于环的大小，这两个点的距离拉大到了原来的两三倍。',
          actions: [
            ['figure', 'memory', { view: 'portrait', path: 'live', pair: true }],
            ['set', EVEN],
            ['reset', { seed: 1 }],
            ['watch', 25],
          ],
        },
        {
          label: '学习率放大十倍',
          claim: '单元都饱和在 1 和 −1，环塌成了三角形。',
          actions: [
            ['set', { ...EVEN, learningRate: 0.2 }],
            ['reset', { seed: 1 }],
            ['step', 100],
            ['figure', 'memory', { view: 'portrait', path: 'probe', pair: true }],
          ],
        },
        {
          label: '全部 32 个单元随时间的变化',
          actions: [['figure', 'memory', { view: 'heatmap', path: 'live', pair: true }]],
        },
      ],
    },
    {
      id: 'state-modes',
      title: '两段之间，状态怎么办',
      body: [
        '<strong>清零</strong>：每段开头都把状态清零，第一个点就只能猜了。sin 是 0，状态也是 0，而 cos 一段是 1、一段是 −1。最好的回答是 0，也要差 1；摊到十个点上就是 0.1，损失停在这里，再也下不去。',
        '<strong>传递</strong>：教程的做法，不再受这个下限约束。可是损失跳得厉害，一百段之后仍有一半的种子并不比清零强。办法之一，学习率降到 0.005；办法之二，取点等间隔，上一段的终点不再重复作下一段的起点。',
        '<code>h_state.data</code> 只传下状态的数值，不带它的计算历史，梯度因此过不了段与段的边界。没有这一行，PyTorch 到第二段就会报错，因为历史中保存的中间值已经释放。如今多写作 <code>h_state.detach()</code>：数值一样，但若有人改动它，autograd 仍能察觉。如果不切断，训练之前，梯度越过边界再往回大约七个时间步，就只剩百分之一；训练之后，要走十步到三十多步。<strong>截断 BPTT</strong>（BPTT 即随时间反向传播）保留最近 <em>n</em> 段的历史，让梯度走过去，这是办法之三：取 <em>n</em> = 2，多数种子的损失能降到 0.01 以下。',
      ],
      figure: 'state-modes',
      caption:
        '上图是三种做法从同样的权重出发的损失曲线；下图是某一段的损失对各时间步隐藏状态的梯度范数。',
      tries: [
        {
          label: '三种做法比一比',
          claim: '清零停在 0.1；截断 BPTT 远低于它。',
          actions: [
            ['set', { ...TUTORIAL, segmentsBack: 2 }],
            ['reset', { seed: 2 }],
            ['figure', 'state-modes', { view: 'losses', modes: ['carry', 'reset', 'truncated'] }],
          ],
        },
        {
          label: '看梯度走到哪里',
          claim: '切断历史，梯度就止于这一段的边界。',
          actions: [
            ...trained,
            ['figure', 'state-modes', { view: 'reach', modes: ['carry', 'truncated'] }],
          ],
        },
        {
          label: '学习率降到四分之一',
          claim: '同样是传递状态，损失平稳下降。',
          actions: [
            ['set', { ...TUTORIAL, learningRate: 0.005 }],
            ['reset', { seed: 2 }],
            ['figure', 'state-modes', { view: 'losses', modes: ['carry', 'reset'] }],
            ['step', 100],
          ],
        },
      ],
    },
    {
      id: 'free-run',
      title: '教程之外',
      body: [
        '现在权重固定不动，改变的是曲线。换一个<em>相位</em>，只错开头几个点：网络找到自己的位置之后，答得和从前一样好。换一个<em>频率</em>就没那么顺利了。频率加倍，回答的高度大致不变，却迟了约八分之一个周期；频率减半，又早了约十分之一个周期。它学会的是这条曲线的节奏，而不是余弦本身。<em>噪声</em>它倒受得住：输入偏多少，回答最多也偏多少。',
        '<em>振幅</em>它也没学会。输入加倍，回答的峰值只到 1.25 左右，到不了 2，因为 tanh 不让任何单元超过 1；输入减半，峰值仍在 0.8 上下。最后，自己画一条吧。你画的曲线没有标准答案：画成三角波，它的回答很像余弦；末尾在 0 处拉成平线，有的网络就此静止，有的却自己继续摆动。',
        '如果把回答接回输入，形成闭环呢？输入是一个角的正弦，回答是它的余弦，下一个输入就由此得出：sin(t + d) = sin t cos d + cos t sin d。从 4π 起，输入只来自它自己的回答，它却照样摆动下去。三个在等距点上训练了 100 段的网络里，两个的高度相差不到 3%，节奏相差不到 2%；第三个慢了五分之一。一开始给它三成高或两倍高的曲线，不出两个周期，这三个都会回到自己的高度。这条曲线成了<em>极限环</em>：这样的网络无论从哪里出发，最后都落到它上面。也有别的网络就此停住。',
      ],
      figure: 'free-run',
      caption: '调节频率、振幅、相位和噪声，或者用笔画一条曲线；蓝线是训练好的网络的回答。',
      tries: [
        {
          label: '晚四分之一个周期开始',
          claim: '错几个点，然后和从前一样好。',
          actions: [
            ...trainedEvenly,
            [
              'figure',
              'free-run',
              { frequency: 1, amplitude: 1, phase: Math.PI / 2, flatAfter: null },
            ],
          ],
        },
        {
          label: '频率加倍',
          claim: '回答滞后了。',
          actions: [
            ...trainedEvenly,
            ['figure', 'free-run', { frequency: 2, amplitude: 1, phase: 0, flatAfter: null }],
          ],
        },
        {
          label: '给输入加噪声',
          claim: '回答的偏差不超过输入的偏差。',
          actions: [
            ...trainedEvenly,
            [
              'figure',
              'free-run',
              { frequency: 1, amplitude: 1, phase: 0, noise: 0.3, flatAfter: null },
            ],
          ],
        },
        {
          label: '两个周期后输入归零',
          claim: '换几个种子试试：有的会继续摆动。',
          actions: [
            ...trainedEvenly,
            ['figure', 'free-run', { frequency: 1, amplitude: 1, phase: 0, flatAfter: 2 }],
          ],
        },
        {
          label: '把回答接回输入',
          claim: '它自己摆动下去，只是稍慢。',
          actions: [...trainedEvenly, ['figure', 'free-run', { closedAfter: 2 }]],
        },
        {
          label: '三成高度，然后靠自己',
          claim: '它又回到自己的高度。',
          actions: [...trainedEvenly, ['figure', 'free-run', { amplitude: 0.3, closedAfter: 2 }]],
        },
      ],
    },
    {
      id: 'output-layer',
      title: '一个输出层，十个答案',
      body: [
        '状态是 32 个数，答案只有一个数。<em>输出层</em>是一个线性层，用 32 个权重和一个偏置把前者变成后者，每个时间步用的都是同一组权重。教程先写成对时间步的循环，再写成一次矩阵乘法：十个状态排成矩阵的十行。两种写法得到的数相同，至多在单精度的末位上有出入。',
        '教程这里有一处笔误：第二种写法以 <code>outs.view(-1, 32, TIME_STEP)</code> 结尾，而十个答案凑不成这个形状，PyTorch 会报错，应当是 <code>outs.view(-1, TIME_STEP, 1)</code>。其实只写 <code>self.out(r_out)</code> 就够了：线性层作用于最后一维，前面有几维都无妨。',
      ],
      figure: 'output-layer',
      caption: '两种写法，下面是它们对当前这一段各自给出的十个答案。',
      tries: [
        {
          label: '循环写法，看第三个时间步',
          actions: [['pause'], ['figure', 'output-layer', { form: 'loop', timeStep: 3 }]],
        },
        {
          label: '一次 reshape',
          claim: '还是那十个数。',
          actions: [['pause'], ['figure', 'output-layer', { form: 'reshape', timeStep: 3 }]],
        },
      ],
    },
    {
      id: 'code',
      title: '代码',
      body: [
        '这一课的全部代码都在这里：一份用 PyTorch，与教程一致；一份用 Burn，也就是这个网页训练时所用的 Rust 库。改动设置，代码里的常数随之改变：你读到的就是当前这次训练的代码。从 PyTorch 的初始权重出发，两者的损失相同。',
        '关于教程，有两点要说明：损失函数是 <code>MSELoss</code>，即均方误差，旁边的注释却写着 cross entropy；学习率 0.02 偏大，换成 0.005，损失降到 0.1 以下所需的段数大约只要一半。',
        '要是让它一直训练下去呢？它并不会一直这么好。Adam 的步长不随损失变小，迟早有一步会把网络甩出去。我们用 PyTorch 把教程的程序从三个种子各跑了 20,000 段：到第一千段时，三次的损失都低于 0.001，到最后却一个也不剩；三次里有两次，回答始终是 0，损失为 0.55。常见的建议是裁剪梯度：在 <code>optimizer.step()</code> 之前加一句 <code>clip_grad_norm_(rnn.parameters(), 1)</code>。每种做法各跑三次、每次 3,000 段，结果是：不裁剪，垮了一次；范数裁到 1，也垮了一次；裁到 0.1，一次也没有垮。设置里就有这一项：梯度范数上限。更可靠的办法还是调小学习率。',
      ],
      figure: 'code',
      caption: '当前这次训练的程序，其中的常数随设置而变。',
      tries: [
        {
          label: '每段二十个点',
          claim: 'TIME_STEP 随之改变。',
          actions: [
            ['set', { ...TUTORIAL, timeStep: 20 }],
            ['figure', 'code', { language: 'pytorch' }],
          ],
        },
        {
          label: '梯度范数裁到 0.1',
          claim: '更新之前多了一行。',
          actions: [
            ['set', { ...TUTORIAL, clipNorm: 0.1 }],
            ['figure', 'code', { language: 'pytorch' }],
          ],
        },
        {
          label: '教程的设置，用 Burn 来写',
          actions: [
            ['set', TUTORIAL],
            ['figure', 'code', { language: 'burn' }],
          ],
        },
      ],
    },
  ],
  closing:
    '所谓记忆，不过是 32 个数，一个时间步接一个时间步地传下去。训练要求它记什么，它就记什么：我们此刻走到了这条曲线的哪里。下一课，网络将有办法自己决定留下什么。',
};
